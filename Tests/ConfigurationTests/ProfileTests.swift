import Configuration
import FieldModel
import Testing

@Suite("A profile")
struct ProfileTests {
    private func map(_ points: [String], head: String = "") throws -> RegisterMap {
        let site = """
            schema: fg.site/1
            gateway: {id: gw}
            broker: {host: localhost}
            spool: {directory: spool}
            buses: [{id: lan, tcp: {host: 10.0.0.2}}]
            devices: [{id: a, bus: lan, profile: profile.yaml}]
            """
        let profile = """
            schema: fg.profile/1
            id: example
            \(head)
            defaults: {table: holding, group: normal}
            groups: {normal: {period: 1s}, fast: {period: 200ms}}
            points:
            \(points.map { "  - \($0)" }.joined(separator: "\n"))
            """
        let result = try load(["site.yaml": site, "profile.yaml": profile])
        #expect(result.problems == [])
        return try #require(result.site?.devices.first?.map)
    }

    @Test("gives every point its place, type, scale, order and meaning")
    func points() throws {
        let map = try map([
            "{id: Speed, table: input, address: 7, type: u16, scale: 0.125, offset: -40, unit: rpm, group: fast,\n"
                + "     word_order: little, byte_order: little, description: How fast, labels: {-1: back, 0: still}}"
        ])
        let point = try #require(map.points.first)
        #expect(map.title == "example")
        #expect(map.groups.map(\.id) == ["normal", "fast"])
        #expect(map.groups.map(\.period) == [.seconds(1), .milliseconds(200)])
        #expect((point.id, point.table, point.address) == ("Speed", .input, 7))
        #expect(point.type == .u16)
        #expect(point.order == ByteOrder(wordsAreLittle: true, bytesAreLittle: true))
        #expect(point.scaling.scale == DecimalNumber(mantissa: 125, digits: 3))
        #expect(point.scaling.offset == DecimalNumber(mantissa: -40))
        #expect((point.unit, point.summary, point.group) == ("rpm", "How fast", "fast"))
        #expect(point.labels == [-1: "back", 0: "still"])
        #expect(point.write == nil)
    }

    @Test("takes the notation of documents for addresses")
    func notation() throws {
        let map = try map([
            #"{id: A, address: "40001", type: u16}"#, #"{id: B, address: "465536", type: u16}"#,
            #"{id: C, address: "30011", type: u16}"#, #"{id: D, address: "10001", type: bool}"#,
            #"{id: E, address: "000010", type: bool}"#, #"{id: F, table: input, address: "300001", type: u16}"#,
        ])
        #expect(map.points.map(\.table) == [.holding, .holding, .input, .discrete, .coil, .input])
        #expect(map.points.map(\.address) == [0, 65_535, 10, 0, 9, 0])
    }

    @Test("knows every type, and how wide it is")
    func types() throws {
        let names = ["i16", "u16", "bcd16", "i32", "u32", "f32", "bcd32", "i64", "u64", "f64"]
        let map = try map(
            names.enumerated().map { "{id: \($1), address: \($0 * 4), type: \($1)}" } + [
                "{id: bit, address: 100, type: bit, bit: 15}", "{id: text, address: 101, type: string, length: 64}",
                "{id: flag, table: coil, address: 0, type: bool}",
            ])
        #expect(map.points.map(\.type.name) == names + ["bit", "string", "bool"])
        #expect(map.points.map(\.type.width) == [1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 1, 64, 1])
        #expect(map.points[10].type == .bit(15))
    }

    @Test("writes a series as one point for each number, side by side")
    func series() throws {
        let map = try map([
            #"{id: "cell{n}.U", series: {from: 3, to: 5}, address: 100, type: f32}"#,
            #"{id: "one{n}", series: {from: 0, to: 0}, address: 200, type: u16}"#,
        ])
        #expect(map.points.map(\.id) == ["cell3.U", "cell4.U", "cell5.U", "one0"])
        #expect(map.points.map(\.address) == [100, 102, 104, 200])
    }

    @Test("says what may be written, between which limits, and whether it is read back")
    func writing() throws {
        let map = try map([
            "{id: A, address: 0, type: u16, access: read_write}",
            "{id: B, address: 1, type: u16, access: read_write, write: {min: 0.5, max: 1e2, read_back: false}}",
            "{id: C, address: 2, type: u16, access: write}",
            "{id: D, address: 3, type: u16, access: write, write: {max: 7}}",
            "{id: E, address: 4, type: u16, access: write, write: {read_back: true}}",
            "{id: F, table: coil, address: 0, type: bool, access: read_write}",
            "{id: G, address: 5, type: u16, access: read}",
        ])
        #expect(map.points.map { $0.write?.readBack } == [true, false, false, false, true, true, nil])
        #expect(map.points.map(\.group) == ["normal", "normal", nil, nil, nil, "normal", "normal"])
        #expect(map.points[1].write?.minimum == DecimalNumber(mantissa: 5, digits: 1))
        #expect(map.points[1].write?.maximum == DecimalNumber(mantissa: 100))
        #expect(map.points[3].write?.maximum == DecimalNumber(mantissa: 7))
    }

    @Test("lets bits share a register with one another and with the whole")
    func sharing() throws {
        let map = try map([
            "{id: A, address: 0, type: bit, bit: 0}", "{id: B, address: 0, type: bit, bit: 15}",
            "{id: C, address: 0, type: u16}", "{id: D, table: input, address: 0, type: u16}",
        ])
        #expect(map.points.count == 4)
    }

    @Test("may cap its reads")
    func caps() throws {
        let map = try map(
            ["{id: A, address: 0, type: u16}"], head: "title: A machine\nmax_registers: 60\nmax_coils: 64")
        #expect((map.title, map.maxRegisters, map.maxCoils) == ("A machine", 60, 64))
    }
}
