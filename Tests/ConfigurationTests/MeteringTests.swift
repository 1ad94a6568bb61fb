import Configuration
import FieldModel
import Testing

@Suite("The metering of a site")
struct MeteringConfigurationTests {
    private let base = """
        schema: fg.site/1
        gateway: {id: gw}
        broker: {host: 127.0.0.1}
        spool: {directory: spool}
        buses: []
        devices: []
        link:
          paths:
            - {id: a, device: wwan0, probe: {targets: [{icmp: 203.0.113.1}]}}
          cameras: {device: lan0, list: [{id: front, address: 192.0.2.10, limit: 4Mbit/s}]}

        """

    @Test("needs to say no more than its line")
    func defaults() throws {
        let result = try load(["site.yaml": base + "metering: {subscription: line-1}"])
        #expect(result.problems == [])
        let metering = try #require(result.site?.metering)
        #expect(metering == MeteringSettings(subscription: "line-1"))
        #expect(metering.interval == .seconds(900) && metering.volume == 10_000_000)
        #expect(metering.plan.quota == nil && metering.plan.slowAt == 0.8 && metering.plan.stopAt == 1)
    }

    @Test("says everything it can say")
    func full() throws {
        let result = try load([
            "site.yaml": base + """
                metering:
                  subscription: line-1
                  plan: {quota: 120GB, anchor_day: last, tz: "+05:30", slow_at: 75%, stop_at: 95%, slow_backfill: 32kbit/s, slow_bulk: 1Mbit/s}
                  rating_groups: {version: 3, control: c, telemetry: t, bulk: b, cameras: v, others: o, camera: {front: gold}}
                  interval: 5m
                  volume: 1MB
                  idle_after: 60s
                  line_rate: 1Gbit/s
                """
        ])
        #expect(result.problems == [])
        #expect(
            result.site?.metering
                == MeteringSettings(
                    subscription: "line-1",
                    plan: .init(
                        quota: 120_000_000_000, anchorDay: nil, zone: "+05:30", slowAt: 0.75, stopAt: 0.95,
                        slowBackfill: .kilobits(32), slowBulk: .megabits(1)),
                    groups: .init(
                        version: 3, control: "c", telemetry: "t", bulk: "b", cameras: "v", camera: ["front": "gold"],
                        others: "o"), interval: .seconds(300), volume: 1_000_000, idleAfter: .seconds(60),
                    lineRate: .megabits(1000)))
    }

    @Test("is not there where the site says nothing of it")
    func absent() throws {
        #expect(try load(["site.yaml": base]).site?.metering == nil)
    }
}
