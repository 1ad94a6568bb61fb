import Platform
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ChildProcessTests {
    private func shell(_ script: String, timeout: Duration = .seconds(60)) throws -> ChildProcess {
        ChildProcess(try #require(ChildProcess.find("sh")), ["-c", script], timeout: timeout)
    }

    @Test func `a program's words and its exit code come back`() throws {
        let outcome = try shell("echo out; echo complaint >&2; exit 3").run()
        #expect(outcome.ending == .exit(code: 3))
        #expect(outcome.outputText == "out\n")
        #expect(outcome.errorText == "complaint")
        #expect(!outcome.isCut)
    }

    @Test func `it reads its input to the end, also more than a pipe holds`() throws {
        var child = try shell("wc -c")
        child.input = [UInt8](repeating: 120, count: 300_000)
        #expect(try child.run().outputText == "300000\n")
    }

    @Test func `its environment has what was added, and the rest of ours`() throws {
        var child = try shell("echo $FIELDGATE_TEST $HOME; test -n \"$PATH\"")
        child.environment = ["FIELDGATE_TEST": "here", "HOME": "/elsewhere"]
        let outcome = try child.run()
        #expect(outcome.succeeded)
        #expect(outcome.outputText == "here /elsewhere\n")
    }

    @Test func `a program that does not end is killed, with its children`() throws {
        let outcome = try shell("echo started; sleep 600 & sleep 600", timeout: .milliseconds(300)).run()
        #expect(outcome.ending == .timeout)
        #expect(outcome.outputText == "started\n")
    }

    @Test func `a child of the child that keeps the output open does not hold us up`() throws {
        let outcome = try shell("sleep 600 & echo $!; exit 0").run()
        #expect(outcome.ending == .exit(code: 0))
        _ = try shell("kill \(outcome.outputText)").run()
    }

    @Test func `endless output is bounded, and ends with the time`() throws {
        var child = try shell("exec cat /dev/zero", timeout: .milliseconds(300))
        child.outputLimit = 1000
        let outcome = try child.run()
        #expect(outcome.ending == .timeout)
        #expect(outcome.output.count == 1000)
        #expect(outcome.isCut)
    }

    @Test func `a signal that ended it is told`() throws {
        #expect(try shell("kill -TERM $$").run().ending == .signal(15))
    }

    @Test func `a program that is not there is a system error`() {
        #expect(throws: SystemError(code: 2)) {
            try ChildProcess("/nonexistent/program", [], timeout: .seconds(1)).run()
        }
    }

    @Test func `no signal is blocked or ignored in it`() throws {
        let outcome = try shell("grep -E '^Sig(Blk|Ign):' /proc/self/status").run()
        let masks = outcome.outputText.split(separator: "\n").map { $0.split(separator: "\t").last ?? "" }
        // Signals 32 and 33 belong to the C library's threads, and it ignores them in a child.
        #expect(masks.map { UInt64($0, radix: 16).map { $0 & ~0x1_8000_0000 } } == [0, 0])
    }
}
