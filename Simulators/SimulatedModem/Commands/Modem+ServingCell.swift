/// AT+QENG="servingcell" in its forms.
extension Modem {
    var servingCell: [String] {
        guard let (cell, signal) = camped else { return ["+QENG: \"servingcell\",\"SEARCH\""] }
        let state: String
        switch registration {
        case .registered: state = sessionIsUp ? "CONNECT" : "NOCONN"
        case .denied: state = "LIMSRV"
        case .idle, .noCell, .searching: return ["+QENG: \"servingcell\",\"SEARCH\""]
        }
        switch cell.technology {
        case .nr: return [standalone(cell, signal, state)]
        case .lte: return ["+QENG: \"servingcell\",\"\(state)\"," + evolved(cell, signal)]
        case .nsa:
            return ["+QENG: \"servingcell\",\"\(state)\"", "+QENG: " + evolved(cell, signal), beside(cell, signal)]
        }
    }

    /// MCC and MNC as two fields.
    private func network(_ cell: Cell) -> String {
        let code = cell.network ?? card?.homeNetwork ?? "00101"
        return "\(code.prefix(3)),\(code.dropFirst(3))"
    }

    private func standalone(_ cell: Cell, _ signal: Signal, _ state: String) -> String {
        "+QENG: \"servingcell\",\"\(state)\",\"NR5G-SA\",\"TDD\",\(network(cell)),\(cell.identity),\(cell.pci),"
            + "\(cell.areaCode),627264,78,\(personality.bandwidthField),\(signal.rsrp.whole),\(signal.rsrq.whole),"
            + "\(signal.sinr.whole),1,-"
    }

    /// RSSI, SINR and the rest follow the tracking area; transmit power is not known in idle.
    private func evolved(_ cell: Cell, _ signal: Signal) -> String {
        "\"LTE\",\"FDD\",\(network(cell)),\(cell.identity),\(cell.pci % 504),1650,3,5,5,\(cell.areaCode),"
            + "\(signal.rsrp.whole),\(signal.rsrq.whole),\((signal.rsrp + 20).whole),\(signal.sinr.whole),-,-,-"
    }

    /// The NR line: SINR comes before RSRQ here, the other way round than in the SA form.
    private func beside(_ cell: Cell, _ signal: Signal) -> String {
        "+QENG: \"NR5G-NSA\",\(network(cell)),\(cell.pci),\((signal.rsrp - 3).whole),\(signal.sinr.whole),"
            + "\(signal.rsrq.whole),627264,78,\(personality.bandwidthField),1"
    }
}
