# One result of Bench/run as a Markdown page section.
include "fleet";

def digits(places): if . == null then "–" else
    (pow(10; places)) as $unit | (. * $unit | round) as $scaled | ($scaled | fabs) as $size
    | (if $scaled < 0 then "-" else "" end) + ($size / $unit | floor | tostring)
      + (if places == 0 then "" else "." + ("0000" + ($size % $unit | tostring) | .[-places:]) end) end;

def ratio($figure; $floor): if $figure == null or $floor == null or $floor <= 0 then "–" else "\($figure / $floor | digits(1)) ×" end;

def verdict($kept): if $kept == null then "" elif $kept then ", kept" else ", **missed**" end;

def row($name; $figure; $floor; $places; $aim; $kept):
    "| \($name) | \($figure | digits($places)) | \($floor | digits($places)) | \(ratio($figure; $floor)) | \($aim)\(verdict($kept)) |";
def row($name; $figure; $floor; $places): row($name; $figure; $floor; $places; "–"; null);

def at_most($limit): if . == null then null else . <= $limit end;
def lost: "\(.n) sent, \(.lost) lost, \(.repeated) written twice, driver's own delay p99 \(.driver_late_p99_us | digits(0)) µs";
def median: sort | if length == 0 then null else .[(length - 1) / 2 | floor] end;

. as $run | .gateway as $g | .floor as $f | .command as $c | .command_floor as $cf | .command_idle as $ci
| "Command: `make bench`, version \(.version), \(.date).",
  "Machine: \(.machine.model), \(.machine.cores) cores, \(.machine.memory), \(.machine.kernel), spool on \(.machine.disk); load average before the start \(.machine.load_before), \(.machine.stolen_percent) % of the processors taken by the host.",
  "",
  "| 10 devices × 1,000 registers every 100 ms, \($run.seconds) s | FieldGate | bare C | ratio | aim |",
  "|---|--:|--:|--:|---|",
  row("values published per second"; $g.values_per_s; $f.values_per_s; 0; "100,000"; $g.values_per_s >= 99500),
  row("CPU per value, µs"; $g.cpu_us_per_value; $f.cpu_us_per_value; 3; "≤ 0.4"; $g.cpu_us_per_value | at_most(0.4)),
  row("… of which a bare C loop needs for polling alone, µs"; null; $run.poll_only.cpu_us_per_value; 3),
  row("resident memory, MB"; $g.rss_mb; $f.rss_mb; 1; "≤ 20"; $g.rss_mb | at_most(20)),
  row("… at its highest, MB"; $g.rss_peak_mb; $f.rss_peak_mb; 1),
  row("… shared with nobody, MB"; $g.rss_anon_mb; $f.rss_anon_mb; 1),
  row("bytes per value to the broker"; $g.wire_bytes_per_value; $f.wire_bytes_per_value; 2),
  row("bytes per value to the spool's disk"; $g.spool_bytes_per_value; null; 2),
  row("period, p99 of the deviation, ms"; $g.fleet | period_deviation_ms; $f.fleet | period_deviation_ms; 2; "≤ 3"; $g.fleet | period_deviation_ms | at_most(3)),
  row("period, longest interval, ms"; $g.fleet | longest_interval_ms; $f.fleet | longest_interval_ms; 1),
  row("drift over the run, ms"; $g.fleet | drift_ms; $f.fleet | drift_ms; 2; "none"; $g.fleet | drift_ms | if . == null then null else fabs | at_most(3) end),
  row("sequence numbers missing"; $g.missing; $f.missing; 0; "0"; $g.missing == 0),
  row("start to first value, median, ms"; $run.starts_ms | median; null; 0; "–"; null),
  row("start to first value, longest of \($run.starts_ms | length), ms"; $run.starts_ms | max; null; 0; "< 1,000"; $run.starts_ms | max | at_most(1000)),
  "",
  "| command topic → write request, µs, all on one processor | FieldGate | bare C | ratio | bare C, no load |",
  "|---|--:|--:|--:|--:|",
  (("p50", "p90", "p99", "p99.9", "max") as $name | (($name | sub("\\."; "_")) + "_us") as $key
    | "| \($name) | \($c[$key] | digits(0)) | \($cf[$key] | digits(0)) | \(ratio($c[$key]; $cf[$key])) | \($ci[$key] | digits(0)) |"),
  "",
  "Commands, \($run.command_rate) a second: FieldGate \($c | lost); bare C \($cf | lost). Period under them, p99 of the deviation: FieldGate \($c.fleet | period_deviation_ms | digits(2)) ms, bare C \($cf.fleet | period_deviation_ms | digits(2)) ms.",
  (select(.machine.stolen_percent > 1 or .command.driver_late_p99_us > 1000 or .command_floor.driver_late_p99_us > 1000)
    | "", "**Disturbed**: the host took processors away or other work ran; repeat this on a quiet machine."),
  (.peer | select(. != null) | "", "Peer, pymodbus and paho-mqtt without a spool: \(.values_per_s | digits(0)) values a second, CPU \(.cpu_us_per_value | digits(2)) µs a value, \(.rss_mb | digits(1)) MB resident, period p99 of the deviation \(.fleet | period_deviation_ms | digits(1)) ms.")
