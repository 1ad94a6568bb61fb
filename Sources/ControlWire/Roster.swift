import FieldModel
import JSONText
import Signing

/// Who may do what: a document signed by the owner of the machines.
package struct Roster: Sendable, Hashable {
    package static let schema = "fg.roster/1"

    package struct Operator: Sendable, Hashable {
        package var id: String
        package var name: String
        package var role: OperatorRole
        package var key: VerifyingKey

        package init(id: String, name: String, role: OperatorRole, key: VerifyingKey) {
            self.id = id
            self.name = name
            self.role = role
            self.key = key
        }
    }

    package var operators: [Operator]

    package init(operators: [Operator]) {
        self.operators = operators
    }

    package subscript(id: String) -> Operator? { operators.first { $0.id == id } }

    package func holder(of fingerprint: [UInt8]) -> Operator? {
        operators.first { $0.key.fingerprint == fingerprint }
    }

    /// Reads the document and checks its signature with the owner's key. The error says what to do.
    package init(document: [UInt8], owner: VerifyingKey) throws(WireFault) {
        let signed = try SignedDocument(document, schema: Self.schema)
        guard signed.isValid(for: owner) else {
            let signer = signed.content.text("owner")
            throw WireFault(
                "the roster's signature is not that of the owner's key\(signer.isEmpty ? "" : "; it is signed by \(signer)")"
                    + ": sign it again with the owner's key, or give the public key that signed it")
        }
        var operators: [Operator] = []
        for (index, item) in signed.content.items("operators").enumerated() {
            let id = item.text("id")
            guard !id.isEmpty, let role = OperatorRole(rawValue: item.text("role")),
                let key = VerifyingKey(item.text("key"))
            else {
                throw WireFault(
                    "operators[\(index)] of the roster needs id, role (operator, supervisor, stop-only) and key")
            }
            guard !operators.contains(where: { $0.id == id || $0.key == key }) else {
                throw WireFault("operators[\(index)] of the roster, '\(id)': the id or the key is there twice")
            }
            operators.append(Operator(id: id, name: item.text("name"), role: role, key: key))
        }
        self.operators = operators
    }

    package func document(signedBy owner: SigningKey) -> [UInt8] {
        SignedDocument.make(schema: Self.schema, signedBy: owner) { json in
            // For whoever looks for the right key; nothing trusts it.
            json.field("owner", .text(owner.verifying.text))
            json.raw("\"operators\":[")
            for one in operators {
                json.raw("{")
                json.field("id", .text(one.id))
                json.field("name", .text(one.name))
                json.field("role", .text(one.role.rawValue))
                json.field("key", .text(one.key.text))
                json.removeLast()
                json.raw("},")
            }
            if !operators.isEmpty { json.removeLast() }
            json.raw("],")
        }
    }
}

/// What is wrong with a document, and what to do, for a person.
package struct WireFault: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}
