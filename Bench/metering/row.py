"""One line of the report."""
from dataclasses import dataclass


@dataclass
class Row:
    name: str
    figure: str
    aim: str
    held: bool
    reason: str = ""

    @staticmethod
    def missing(name, aim, fault):
        """A row that could not be run says why."""
        return Row(name, "–", aim, False, " ".join(str(fault).split())[-200:] or type(fault).__name__)

    @property
    def verdict(self):
        if self.reason:
            return f"**not run**: {self.reason}"
        if not self.aim:
            return "told"
        return "held" if self.held else "**missed**"

    def line(self):
        cells = [cell.replace("|", "¦") for cell in (self.name, self.figure, self.aim, self.verdict)]
        return f"| {' | '.join(cells)} |"
