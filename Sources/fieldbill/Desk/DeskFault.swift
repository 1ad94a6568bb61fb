import ArgumentParser
import BillStore
import Billing

/// Why a command could not do it, for the clerk, and what the shell is told.
struct DeskFault: Error {
    var text: String
    var code: ExitCode

    init(_ text: String, _ code: ExitCode) {
        self.text = text
        self.code = code
    }

    init(_ fault: StoreFault) {
        let code: ExitCode = if case .refused = fault { Exit.refused } else { Exit.store }
        self.init(fault.text, code)
    }

    init(_ fault: RatingFault) { self.init(fault.text, Exit.refused) }
}

/// What commands answer to the shell.
enum Exit {
    /// A file is wrong: settings, a plan, what was to be read.
    static let file = ExitCode(1)
    /// The store cannot be used.
    static let store = ExitCode(2)
    /// There is nothing of that name, or nothing to do it with.
    static let nothing = ExitCode(3)
    /// Records were not taken, or wait, or an alarm is open.
    static let records = ExitCode(4)
    /// It contradicts what is there: assignments, an issued invoice, a period that is not over.
    static let refused = ExitCode(5)
    static let broker = ExitCode(6)
    static let printing = ExitCode(7)
}

/// Runs what a command does, and says what went wrong in one line.
func told<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let fault as DeskFault {
        printError(fault.text)
        throw fault.code
    } catch let fault as StoreFault {
        let fault = DeskFault(fault)
        printError(fault.text)
        throw fault.code
    } catch let fault as RatingFault {
        let fault = DeskFault(fault)
        printError(fault.text)
        throw fault.code
    }
}
