/// The words of printed invoices, in the languages the desk prints.
enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case chinese = "zh"
}

/// Every word that is printed. `{0}`, `{1}` … are filled in.
enum Term: String, CaseIterable, Sendable {
    case invoice, creditNote, debitNote, draft, number, original, issued, period, periodDays, seller, customer, taxID
    case machine, fleet, plan, planHash, charge, description, quantity, unitPrice, amount, currency
    case subtotal, net, total, taxAdded, taxIncluded, payTo
    case pool, carryIn, carryOut, identities
    case basis, gateway, epoch, records, head, gaps, held, noRecords
    case excluded, estimated, misplaced, notHeld, reasons, draftNote, creditOf, listComma
    case oneOff, recurring, usage, share, credit
    case included, carriedPart, overage, change
    case covered, purchase, downPayment, instalmentDue, instalment, interest, balance
}

/// One language's words.
struct Catalogue: Sendable {
    let language: Language

    func callAsFunction(_ term: Term, _ values: String...) -> String {
        let words = Self.words[term] ?? (term.rawValue, term.rawValue)
        var text = language == .english ? words.0 : words.1
        for (index, value) in values.enumerated() { text = text.replacing("{\(index)}", with: value) }
        return text
    }

    /// English, Chinese.
    static let words: [Term: (String, String)] = [
        .invoice: ("Invoice", "账单"),
        .creditNote: ("Credit note", "红字账单（更正）"),
        .debitNote: ("Debit note", "借项通知单（补开）"),
        .draft: ("Draft, not an invoice", "草稿（非正式账单）"),
        .number: ("Number", "编号"),
        .original: ("Corrects invoice", "更正的原账单"),
        .issued: ("Issued", "开具日期"),
        .period: ("Period", "计费周期"),
        .periodDays: ("{0} to {1} ({2})", "{0} 至 {1}（{2}）"),
        .seller: ("From", "开具方"),
        .customer: ("To", "客户"),
        .taxID: ("Tax number", "纳税人识别号"),
        .machine: ("Machine", "设备"),
        .fleet: ("Fleet", "车队"),
        .plan: ("Plan {0}, version {1}", "资费方案 {0}，版本 {1}"),
        .planHash: ("Plan's SHA-256", "资费方案 SHA-256"),
        .charge: ("Charge", "收费项"),
        .description: ("Description", "说明"),
        .quantity: ("Quantity", "数量"),
        .unitPrice: ("Price", "单价"),
        .amount: ("Amount", "金额"),
        .currency: ("All amounts in {0}.", "金额单位：{0}。"),
        .subtotal: ("Subtotal", "小计"),
        .net: ("Net", "不含税金额"),
        .total: ("Total", "合计"),
        .taxAdded: ("Tax {0} % on {1}", "税率 {0}%，计税金额 {1}"),
        .taxIncluded: ("of which tax {0} % in {1}", "其中含税 {0}%（含税金额 {1}）"),
        .payTo: ("Pay to", "收款账户"),
        .pool: ("Pool {0}", "共享流量池 {0}"),
        .carryIn: ("carried in {0}", "上期结转 {0}"),
        .carryOut: ("carried over {0}", "结转下期 {0}"),
        .identities: ("Metered for", "计量对象"),
        .basis: ("Rests on these records", "计费依据的话单"),
        .gateway: ("Gateway", "网关"),
        .epoch: ("Epoch", "纪元"),
        .records: ("Records", "话单"),
        .head: ("Head of the chain", "话单链头"),
        .gaps: ("Gaps", "缺口"),
        .held: ("Waiting", "待补"),
        .noRecords: ("No usage records lie in this period.", "本周期内没有话单。"),
        .excluded: (
            "{0} samples fell into gaps of the recording and were left out.", "{0} 个采样落在记录缺口内，未计入。"
        ),
        .estimated: ("{0} records are estimates.", "{0} 条话单为估算值。"),
        .misplaced: (
            "{0} records had no usable time and count when they were received.", "{0} 条话单时间不可用，按接收时间计入。"
        ),
        .notHeld: (
            "Records 1 to {0} of gateway {1}, epoch {2}, are not held here: what of them lies in this period is not in it.",
            "网关 {1} 纪元 {2} 的话单 1 至 {0} 不在本系统，其中属于本周期的部分未计入。"
        ),
        .reasons: ("Why", "更正原因"),
        .draftNote: ("A draft has no number and asks for no payment.", "草稿没有编号，不作为付款依据。"),
        .creditOf: (
            "This note changes what invoice {0} asked for; both stand together.", "本单更正账单 {0} 的金额，两单须一并保存。"
        ),
        .listComma: (", ", "，"),
        .oneOff: ("One-off", "一次性费用"),
        .recurring: ("Recurring", "周期费用"),
        .usage: ("Usage", "用量费用"),
        .share: ("Share of output", "产出分成"),
        .credit: ("Credit", "抵扣"),
        .included: ("{0} included", "含 {0}"),
        .carriedPart: ("{0} of it carried in", "其中结转 {0}"),
        .overage: ("{0} beyond", "超出 {0}"),
        .change: ("was {0}, is {1}", "原 {0}，应为 {1}"),
        .covered: ("Paid for by the contract", "合约已付"),
        .purchase: ("Contract, paid at once", "合约款，一次付清"),
        .downPayment: ("Down payment", "首付款"),
        .instalmentDue: ("Contract", "合约款"),
        .instalment: ("instalment {0} of {1}", "第 {0} 期，共 {1} 期"),
        .interest: ("interest {0}", "利息 {0}"),
        .balance: ("still owed {0}", "剩余应付 {0}"),
    ]
}
