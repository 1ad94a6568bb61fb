/// A time as the clock command and message stamps write it.
struct CalendarTime {
    /// yy/MM/dd,hh:mm:ss
    let text: String
    /// Year of the century, month, day, hour, minute, second.
    let fields: [Int]

    /// `utc` are seconds of 1970, already moved to the time zone.
    init(utc: Int64) {
        let seconds = Int(utc % 86_400)
        let (year, month, day) = Self.date(ofDay: Int(utc / 86_400))
        fields = [year % 100, month, day, seconds / 3600, seconds / 60 % 60, seconds % 60]
        let two = fields.map { $0 < 10 ? "0\($0)" : "\($0)" }
        text = "\(two[0])/\(two[1])/\(two[2]),\(two[3]):\(two[4]):\(two[5])"
    }

    /// Gregorian date of a day counted from 1970-01-01, by eras of 400 years that begin in March.
    private static func date(ofDay day: Int) -> (Int, Int, Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let place = (5 * dayOfYear + 2) / 153
        let month = place < 10 ? place + 3 : place - 9
        return (year + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * place + 2) / 5 + 1)
    }
}
