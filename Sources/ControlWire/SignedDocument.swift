import FieldModel
import JSONText
import Signing

/// `{"content":"…","signature":"…"}`: the content is JSON as a string, so that what was signed is kept byte for byte.
package struct SignedDocument: Sendable {
    package let text: String
    package let content: JSONValue
    private let signature: [UInt8]

    package init(_ bytes: [UInt8], schema: String) throws(WireFault) {
        let document: JSONValue
        do throws(JSONFault) {
            document = try bytes.withUnsafeBufferPointer { bytes throws(JSONFault) in try JSONReader.read(bytes) }
        } catch {
            throw WireFault("it is no JSON: \(error.text)")
        }
        text = document.text("content")
        guard let signature = Hex.bytes(document.text("signature"), count: 64) else {
            throw WireFault("its 'signature' is not 128 hexadecimal digits: sign the document")
        }
        self.signature = signature
        do throws(JSONFault) {
            content = try Array(text.utf8).withUnsafeBufferPointer { bytes throws(JSONFault) in
                try JSONReader.read(bytes)
            }
        } catch {
            throw WireFault("its 'content' is no JSON: \(error.text)")
        }
        guard content.text("schema") == schema else {
            throw WireFault("its schema is '\(content.text("schema"))' where '\(schema)' belongs")
        }
    }

    package func isValid(for key: VerifyingKey) -> Bool { key.verifies(signature, of: Self.signed(text)) }

    /// `members` writes each with a comma behind it.
    package static func make(
        schema: String, signedBy key: SigningKey, _ members: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.raw("{")
        json.field("schema", .text(schema))
        members(&json)
        json.removeLast()
        json.raw("}")
        let text = String(decoding: json.bytes, as: UTF8.self)
        json.clear()
        json.raw("{")
        json.field("content", .text(text))
        json.field("signature", .text(Hex.text(key.sign(signed(text)))))
        json.removeLast()
        json.raw("}")
        return Array(json.bytes)
    }

    private static func signed(_ text: String) -> [UInt8] { Array("fg-document/1 ".utf8) + Array(text.utf8) }
}
