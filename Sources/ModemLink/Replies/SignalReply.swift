import FieldModel

/// Signal strengths from +CSQ, +CESQ, +QCSQ and +QRSRP.
package enum SignalReply {
    /// Whatever of the four the lines hold.
    package static func read(_ lines: [String]) -> SignalReading {
        var reading = SignalReading()
        if let fields = lines.fields(of: "+CSQ").last { reading.rssi = strength(fields) }
        if let fields = lines.fields(of: "+CESQ").last { extended(fields, into: &reading) }
        if let fields = lines.fields(of: "+QCSQ").last { quectel(fields, into: &reading) }
        if let fields = lines.fields(of: "+QRSRP").last { reading.rsrp = antennas(fields) }
        return reading
    }

    /// 0–31 in steps of 2 dB from −113 dBm; 99 is unknown (3GPP TS 27.007, 8.5). Says nothing of 5G.
    private static func strength(_ fields: ReplyFields) -> Double? {
        fields.integer(0).flatMap { (0...31).contains($0) ? Double(-113 + 2 * $0) : nil }
    }

    /// 3GPP TS 27.007, 8.69: each value the lower edge of its step. Release 15 appends the three of NR.
    private static func extended(_ fields: ReplyFields, into reading: inout SignalReading) {
        func value(_ index: Int, _ top: Int, _ base: Double, _ step: Double) -> Double? {
            fields.integer(index).flatMap { (0...top).contains($0) ? base + Double($0) * step : nil }
        }
        reading.rsrq = value(6, 126, -43.5, 0.5) ?? value(4, 34, -20, 0.5)
        reading.rsrp = value(7, 126, -157, 1) ?? value(5, 97, -141, 1)
        reading.sinr = value(8, 127, -23.5, 0.5)
        reading.rssi = value(0, 63, -111, 1)
    }

    private static func quectel(_ fields: ReplyFields, into reading: inout SignalReading) {
        switch fields.text(0) {
        case "NR5G", "NR5G-SA", "NR5G-NSA":
            reading.rsrp = power(fields.number(1))
            reading.sinr = ratio(fields.number(2))
            reading.rsrq = quality(fields.number(3))
        case "LTE":
            reading.rssi = power(fields.number(1))
            reading.rsrp = power(fields.number(2))
            // Some firmware counts fifths of a decibel from −20, some decibels.
            reading.sinr = fields.number(3).flatMap { $0 > 40 ? ratio($0 / 5 - 20) : ratio($0) }
            reading.rsrq = quality(fields.number(4))
        default: break
        }
    }

    /// One value for each antenna: the best that is none of the marks for nothing.
    private static func antennas(_ fields: ReplyFields) -> Double? {
        (0..<min(4, fields.count)).compactMap { fields.number($0) }.filter { (-139...(-20)).contains($0) }.max()
    }

    static func power(_ value: Double?) -> Double? { value.flatMap { (-160...0).contains($0) ? $0 : nil } }
    static func quality(_ value: Double?) -> Double? { value.flatMap { (-45...21).contains($0) ? $0 : nil } }
    static func ratio(_ value: Double?) -> Double? { value.flatMap { (-30...60).contains($0) ? $0 : nil } }
}
