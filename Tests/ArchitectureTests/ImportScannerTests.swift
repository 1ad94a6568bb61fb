import Testing

@Suite("The scanner of imports")
struct ImportScannerTests {
    @Test(
        "finds an import however it is written",
        arguments: [
            "import Store", "  import  Store", "import Store // why", "import Store.Part", "import struct Store.Row",
            "import func Store.open", "@testable import Store", "@preconcurrency import Store",
            "@_spi(Inner) public import Store", "package import Store", "private import Store;",
            "let a = 1; import Store",
            "/* why */ import Store", "import `Store`", "#if os(Linux)\nimport Store\n#endif",
            "let a = \"\\\"\"\nimport Store",
            "let a = \"\"\"\n  \"text\"\n  \"\"\"\nimport Store", "/* a /* b */ c */\nimport Store",
            "import\tStore\r\n",
        ])
    func found(_ source: String) {
        #expect(ImportScanner.imports(in: source).map(\.module) == ["Store"])
    }

    @Test(
        "passes over what is no import",
        arguments: [
            "// import Store", "/// import Store", "/*\nimport Store\n*/", "let a = \"import Store\"",
            "let a = \"\"\"\n  import Store\n  \"\"\"", "#if canImport(Store)", "importStore()",
            "let important = Store",
            "func `import`() {}", "/* a /* b */\nimport Store\n*/",
        ])
    func passedOver(_ source: String) {
        #expect(ImportScanner.imports(in: source).isEmpty)
    }

    @Test("counts lines from 1, through comments and texts")
    func lines() {
        let source = "// a\n/*\n*/ import A\nlet b = \"\"\"\n  import X\n  \"\"\"\n\n@testable import B\n"
        #expect(
            ImportScanner.imports(in: source) == [
                ImportScanner.Import(module: "A", line: 3), ImportScanner.Import(module: "B", line: 8),
            ])
    }
}
