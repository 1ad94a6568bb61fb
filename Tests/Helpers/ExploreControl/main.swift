import Control
import ControlModel

// The whole exploration, in a release build: `make explore`.
ExplorationRun.run(arguments: CommandLine.arguments)
