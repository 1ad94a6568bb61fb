import FieldModel
import JSONText
import Metering

/// The retained document `usage/forecast`, `fg.forecast/1`.
enum UsageForecast {
    static func document(_ statement: BudgetStatement, gateway: String) -> [UInt8] {
        var json = JSONWriter()
        json.raw("{\"schema\":\"fg.forecast/1\"")
        json.member("gw", .text(gateway))
        json.raw(",\"t\":")
        json.time(statement.at)
        write(statement, &json)
        json.raw("}")
        return Array(json.text.utf8)
    }

    static func write(_ statement: BudgetStatement, _ json: inout JSONWriter) {
        json.member("subscription", .text(statement.subscription))
        json.raw(",\"period_start\":")
        json.time(statement.period.lowerBound)
        json.raw(",\"period_end\":")
        json.time(statement.period.upperBound)
        json.member("used", .integer(Int64(clamping: statement.used)))
        json.member("stage", .text(statement.stage.rawValue))
        if let quota = statement.quota { json.member("quota", .integer(Int64(clamping: quota))) }
        if let forecast = statement.forecast { json.member("forecast", .integer(Int64(clamping: forecast))) }
        if let until = statement.lastsUntil {
            json.raw(",\"lasts_until\":")
            json.time(until)
        }
    }
}
