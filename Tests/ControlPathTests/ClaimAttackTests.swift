import Control
import ControlAttack
import ControlPath
import ControlWire
import DirectLink
import FieldModel
import MQTTLink
import Signing
import Testing

@Suite("Claims that nobody should grant")
struct ClaimAttackTests {
    private func idleBench() throws -> ControlBench {
        let bench = try #require(ControlBench())
        bench.run(.milliseconds(700))
        return bench
    }

    private func refusal(_ answers: [ClaimReply]) -> String? {
        for case .refused(_, let reason, _) in answers { return reason }
        return nil
    }

    private func offered(_ answers: [ClaimReply]) throws -> ClaimReply.Offer {
        for case .offer(let offer) in answers { return offer }
        throw WireFault("no offer in \(answers)")
    }

    @Test(
        "Who may not is refused before anything is signed",
        arguments: [
            ("stan", ClaimPurpose.drive, "role_forbids"), ("stan", .force, "role_forbids"),
            ("stan", .unlock, "role_forbids"), ("anna", .force, "role_forbids"), ("anna", .unlock, "role_forbids"),
            ("eve", .drive, "unknown_operator"), ("", .drive, "unknown_operator"),
        ])
    func roles(name: String, purpose: ClaimPurpose, reason: String) throws {
        let bench = try idleBench()
        var console = bench.console(name)
        let answers = bench.ask(console.hello(purpose))
        #expect(refusal(answers) == reason)
        #expect(bench.phase == .idle)
    }

    @Test("An offer is taken by the key of the operator it was made for, once")
    func signatures() throws {
        let bench = try idleBench()
        var anna = bench.console("anna")
        let offer = try offered(bench.ask(anna.hello()))
        for key in [bench.people["ben"], bench.people["sue"], bench.machineKey, SigningKey()] {
            let forgedDocument = anna.take(offer, of: bench.machineKey.verifying, signedBy: key, at: bench.now)
            let forged = try #require(forgedDocument)
            #expect(refusal(bench.ask(forged)) == "bad_signature")
        }
        #expect(bench.phase == .idle)
        #expect(bench.log.standing == ControlStanding(epoch: 41))
        let takeDocument = anna.take(offer, of: bench.machineKey.verifying, at: bench.now)
        let take = try #require(takeDocument)
        #expect(bench.ask(take).contains { if case .granted = $0 { true } else { false } })
        #expect(refusal(bench.ask(take)) == "outdated")
        #expect(bench.phase == .requested)
    }

    @Test("An offer is over after eight signatures that are not the operator's: they are not verified without end")
    func floodOfSignatures() throws {
        let bench = try idleBench()
        var anna = bench.console("anna")
        let offer = try offered(bench.ask(anna.hello()))
        let document = anna.take(offer, of: bench.machineKey.verifying, signedBy: SigningKey(), at: bench.now)
        let forged = try #require(document)
        let reasons = (0..<10).map { _ in refusal(bench.ask(forged)) }
        #expect(reasons == Array(repeating: "bad_signature", count: 8) + ["outdated", "outdated"])
        #expect(bench.phase == .idle)
    }

    @Test("A console takes no offer that the machine has not signed")
    func otherMachine() throws {
        let bench = try idleBench()
        var anna = bench.console("anna")
        let offer = try offered(bench.ask(anna.hello()))
        let stranger = anna.take(offer, of: SigningKey().verifying, at: bench.now)
        #expect(stranger == nil)
        var changed = offer
        changed.epoch += 1
        let forged = anna.take(changed, of: bench.machineKey.verifying, at: bench.now)
        #expect(forged == nil)
    }

    @Test("The second console is refused, and its frames and stops have no seal that counts")
    func twoConsoles() throws {
        let attack = try Attack()
        var ben = attack.bench.console("ben")
        let offer = try offered(attack.bench.ask(ben.hello()))
        let takeDocument = ben.take(offer, of: attack.bench.machineKey.verifying, at: attack.bench.now)
        let take = try #require(takeDocument)
        #expect(refusal(attack.bench.ask(take)) == "held")
        (ben.session, ben.epoch) = (attack.anna.session, attack.anna.epoch)
        ben.state = attack.bench.session.phase == .active ? attack.anna.state : ben.state
        let frame = ben.sealed(ben.frame { $0.sequence = 10_000 })
        attack.refuses(.badMAC) { attack.bench.command(frame) }
        attack.refuses(.badMAC) { attack.bench.stop(ben.stop(9)) }
        let packet = ben.packet(ben.frame { $0.sequence = 10_000 }, at: attack.bench.now)
        attack.bench.packet(packet)
        #expect(attack.bench.phase == .active)
        #expect(attack.bench.bus.controller.axes[0] == 500)
    }

    @Test("Two offers of one epoch: who comes second is told to ask again")
    func raceOfOffers() throws {
        let bench = try idleBench()
        var (anna, ben) = (bench.console("anna"), bench.console("ben"))
        let (first, second) = (try offered(bench.ask(anna.hello())), try offered(bench.ask(ben.hello())))
        #expect(first.epoch == second.epoch)
        let machine = bench.machineKey.verifying
        let taken = anna.take(first, of: machine, at: bench.now)
        _ = bench.ask(try #require(taken))
        #expect(bench.session.lease?.claim.operatorID == "anna")
        let late = ben.take(second, of: machine, at: bench.now)
        #expect(refusal(bench.ask(try #require(late))) == "outdated")
        #expect(bench.session.lease?.claim.operatorID == "anna")
    }

    @Test("Who floods the desk in one operator's name keeps no other operator out")
    func offersExhausted() throws {
        let bench = try idleBench()
        var (anna, ben) = (bench.console("anna"), bench.console("ben"))
        let annas = try offered(bench.ask(anna.hello()))
        var offers = 0
        for _ in 0..<200 {
            offers += bench.ask(ben.hello()).count
            bench.run(.milliseconds(20))
        }
        #expect(offers > 8 && offers <= 50, "\(offers) offers in four seconds")
        let takeDocument = anna.take(annas, of: bench.machineKey.verifying, at: bench.now)
        let take = try #require(takeDocument)
        #expect(bench.ask(take).contains { if case .granted = $0 { true } else { false } })
        var sue = bench.console("sue")
        let answers = bench.ask(sue.hello(.force))
        #expect(answers.count == 1)
    }

    @Test("An offer is over after half a minute")
    func outdated() throws {
        let bench = try idleBench()
        var anna = bench.console("anna")
        let offer = try offered(bench.ask(anna.hello()))
        bench.run(.seconds(31))
        let takeDocument = anna.take(offer, of: bench.machineKey.verifying, at: bench.now)
        let take = try #require(takeDocument)
        #expect(refusal(bench.ask(take)) == "outdated")
    }

    @Test("Answers go to the machine's own topic, with the question's correlation and nothing else of it")
    func replies() throws {
        let bench = try idleBench()
        var anna = bench.console("anna")
        bench.publish(anna.hello(), to: bench.topics.requestBytes, correlation: [9, 9, 9])
        for text in ["", "{", "{}", #"{"op":"take","session":-1,"signature":"00"}"#, "\u{0}"] {
            bench.publish(Array(text.utf8), to: bench.topics.requestBytes, correlation: [9, 9, 9])
        }
        #expect(bench.answers.count == 6)
        #expect(bench.answers.allSatisfy { $0.reply.topic == "fg/v1/gw/ctl/loader-1/rsp" })
        #expect(bench.answers.allSatisfy { $0.reply.correlation == [9, 9, 9] })
        #expect(bench.phase == .idle)
    }

    @Test("A disk that refuses, hangs or is full grants nothing, and its epoch is not spent", arguments: 0..<3)
    func disk(fault: Int) throws {
        let bench = try idleBench()
        var anna = bench.console("anna")
        switch fault {
        case 0: bench.log.disk = .refuses
        case 1: bench.log.disk = .hangs
        default: bench.log.hasRoom = false
        }
        let isGranted = bench.grant(&anna)
        #expect(!isGranted)
        bench.run(.milliseconds(1100))
        let reasons = bench.answers.compactMap {
            if case .refused(_, let reason, _) = $0.answer { reason } else { nil }
        }
        #expect(reasons == [["not_stored"], ["expired"], ["not_stored"]][fault])
        #expect(bench.phase == .idle)
        #expect(bench.session.lease == nil)
        (bench.log.disk, bench.log.hasRoom) = (.takes, true)
        let isGrantedNow = bench.grant(&anna)
        #expect(isGrantedNow)
        #expect(anna.epoch == 42)
    }
}
