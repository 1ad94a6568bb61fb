import FieldModel
import JSONText

/// Members with a comma behind them: the last one is taken back with `removeLast`.
extension JSONWriter {
    mutating func field(_ name: String, _ value: PointValue) {
        string(name)
        raw(":")
        self.value(value)
        raw(",")
    }

    /// `"name":["…","…"],`
    mutating func list(_ name: String, _ texts: [String]) {
        string(name)
        raw(":[")
        for text in texts {
            string(text)
            raw(",")
        }
        if !texts.isEmpty { removeLast() }
        raw("],")
    }
}
