# The names of the fleet's report, in one place.
def period_deviation_ms: .deviation_p99_us? | if . == null then null else . / 1000 end;
def longest_interval_ms: .interval_max_us? | if . == null then null else . / 1000 end;
# The fleet gives the mean interval less the period; over the run that adds up.
def drift_ms: if .drift_us? == null then null else .drift_us * (.readings / .devices - 1) / 1000 end;
