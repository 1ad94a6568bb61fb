"""Children with a log each, ended by their process ids."""
import signal
import subprocess
import time


def await_(condition, what, wait=20.0):
    end = time.monotonic() + wait
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {wait} s")
        time.sleep(0.02)


class Processes:
    def __init__(self, folder):
        self.folder, self.children = folder, {}

    def spawn(self, name, command, descriptors=()):
        with open(self.log(name), "a") as output:
            self.children[name] = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, pass_fds=descriptors)

    def pid(self, name):
        return self.children[name].pid

    def is_alive(self, name):
        return name in self.children and self.children[name].poll() is None

    def kill(self, name):
        """kill -9, and waits for the end."""
        child = self.children.pop(name)
        child.kill()
        child.wait()

    def signal(self, name, number):
        self.children[name].send_signal(number)

    def end(self, name, wait=10):
        """SIGTERM, and SIGKILL where that is ignored."""
        child = self.children.pop(name, None)
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGCONT)
        child.terminate()
        try:
            child.wait(wait)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def log(self, name):
        return self.folder / f"{name}.log"

    def count(self, text, name="gateway"):
        log = self.log(name)
        return log.read_text(errors="replace").count(text) if log.exists() else 0
