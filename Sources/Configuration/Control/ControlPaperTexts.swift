/// Keys and roster of a site as its files have them: what signatures say of them is judged elsewhere.
package struct ControlPaperTexts {
    package var roster: [UInt8]
    package var rosterFile: String
    /// Hexadecimal digits, and the line of the site that has them.
    package var ownerKey: String
    package var ownerKeyLine: Int
    package var machineKey: String
    package var machineKeyFile: String
}

/// What is wrong with one of them, at the key of `control` that names it.
package struct ControlPaperFault {
    package var key: String
    package var message: String
    package var remedy: String

    package init(key: String, message: String, remedy: String) {
        (self.key, self.message, self.remedy) = (key, message, remedy)
    }
}

package typealias ControlPapersJudge = (ControlPaperTexts) -> [ControlPaperFault]
