import ArgumentParser

/// The command line.
@main
struct FieldBillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fieldbill",
        abstract: "The billing desk: usage records of many gateways in, invoices that anyone can re-compute out.",
        discussion: """
            Exit codes: 0 all is well; 1 a file is wrong (settings, plan, import); 2 the store cannot be used; 3 there is \
            nothing of that name, or nothing to do; 4 records were refused or wait, or an alarm is open; 5 it contradicts \
            what is there (assignments, an issued invoice, a period that is not over); 6 the broker cannot be reached; \
            7 printing failed; 64 the command line is wrong.
            """,
        version: "0.1.0",
        subcommands: [
            InitCommand.self, GatewayCommand.self, CustomerCommand.self, PlanCommand.self, AssignCommand.self,
            AssignmentsCommand.self, ExternalCommand.self, IngestCommand.self, ConsumeCommand.self, StatusCommand.self,
            RateCommand.self, InvoiceCommand.self, CreditCommand.self, ForecastCommand.self, CompareCommand.self,
            CheckCommand.self, ExportCommand.self,
        ])
}
