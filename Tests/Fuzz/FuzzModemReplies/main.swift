import FuzzDriver

// The first byte chooses what is read: 255 a modem profile, 254 a document of mmcli, else a command. The second says how
// the rest, the modem's bytes, is cut into pieces.
Fuzzing.run { bytes in
    guard bytes.count > 2 else { return }
    let rest = Array(bytes[2...])
    switch bytes[0] {
    case 255: ModemBytes.readProfile(rest)
    case 254: ModemBytes.readDocument(rest)
    default:
        ModemBytes.readReply(
            rest, to: ModemBytes.commands[Int(bytes[0]) % ModemBytes.commands.count], piece: 1 + Int(bytes[1]))
    }
}
