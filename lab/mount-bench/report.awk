# Makes the table, the ratios and the verdicts out of samples: round,operation,clients,contender,rate.
# The medians go to the file named by -v medians=FILE, in the same form.

BEGIN {
  FS = ","
  columns = split("driverfs c-pinned c-default owfs sysfs tmpfs", column, " ")
}

{
  row = $2 SUBSEP $3
  if (!(row in seen)) {
    seen[row] = 1
    rows[++row_count] = row
  }
  sample[row, $4, ++samples[row, $4]] = $5
}

END {
  for (r = 1; r <= row_count; r++)
    for (c = 1; c <= columns; c++) take_median(rows[r], column[c])
  print_rates()
  print_ratios()
  print_targets()
}

function take_median(row, who,    n, i, j, v, sorted, part) {
  n = samples[row, who]
  if (!n) return
  for (i = 1; i <= n; i++) {
    v = sample[row, who, i]
    for (j = i - 1; j > 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]
    sorted[j + 1] = v
  }
  v = n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
  median[row, who] = v
  spread[row, who] = (sorted[n] - sorted[1]) / v
  split(row, part, SUBSEP)
  if (medians) printf "median,%s,%s,%s,%.1f\n", part[1], part[2], who, v > medians
}

function label(row,    part) {
  split(row, part, SUBSEP)
  return sprintf("%-10s x%d", part[1], part[2])
}

function rate(row, who,    v) {
  if (!((row, who) in median)) return "-"
  v = median[row, who] / 1000
  return sprintf(v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : "%.2f", v)
}

function print_rates(    r, c) {
  printf "\n%-13s", "1,000 ops/s"
  for (c = 1; c <= columns; c++) printf " %10s", column[c]
  print ""
  for (r = 1; r <= row_count; r++) {
    printf "%-13s", label(rows[r])
    for (c = 1; c <= columns; c++) printf " %10s", rate(rows[r], column[c])
    print ""
  }
}

# driverfs on a row against somebody on another row of the same number of clients; "" if not measured.
function ratio(row, who, other_row) {
  if (!((row, "driverfs") in median) || !((other_row, who) in median)) return ""
  return median[row, "driverfs"] / median[other_row, who]
}

function format(x) { return x == "" ? "-" : sprintf("%.2f", x) }

# How far the samples lie apart, of their median.
function percent(row, who) {
  return (row, who) in spread ? sprintf("%.0f %%", 100 * spread[row, who]) : "-"
}

function print_ratios(    r, row) {
  printf "\n%-13s %10s %10s %10s %22s\n", "driverfs /", "c-pinned", "c-default", "owfs",
         "spread driverfs c-pinned"
  for (r = 1; r <= row_count; r++) {
    row = rows[r]
    printf "%-13s %10s %10s %10s %15s %8s\n", label(row), format(ratio(row, "c-pinned", row)),
           format(ratio(row, "c-default", row)), format(ratio(row, "owfs", row)),
           percent(row, "driverfs"), percent(row, "c-pinned")
  }
  print ""
}

# The targets. A row is judged if its operation is one of `operations` and, if `clients` is not 0, if
# it has that many; what stays in the kernel (stat, read-const) is never judged.
function judge(who, operations, clients, least, peer_operation,    r, part, x, peer) {
  judged = reached = 0
  lowest = ""
  for (r = 1; r <= row_count; r++) {
    split(rows[r], part, SUBSEP)
    if (index(" " operations " ", " " part[1] " ") == 0 || (clients && part[2] != clients)) continue
    peer = peer_operation ? peer_operation SUBSEP part[2] : rows[r]
    x = ratio(rows[r], who, peer)
    if (x == "") continue
    judged++
    if (x >= least) reached++
    if (lowest == "" || x < lowest) {
      lowest = x
      lowest_row = rows[r]
    }
  }
}

function say(target, met,    part) {
  split(lowest_row, part, SUBSEP)
  if (!judged)
    printf "%-12s %s\n", "not measured", target
  else
    printf "%-12s %s: %d of %d rows, lowest %.2f (%s x%d)\n", met ? "met" : "NOT MET", target, reached,
           judged, lowest, part[1], part[2]
}

function print_targets() {
  judge("c-pinned", "orc read owc list", 0, 1.0, "")
  say("pinned C >= 1.00 on most rows", 2 * reached > judged)
  judge("c-pinned", "orc read owc list", 0, 0.85, "")
  say("pinned C >= 0.85 on every row", reached == judged)
  judge("c-default", "orc read owc list", 2, 1.2, "")
  say("C with libfuse's defaults >= 1.20, 2 clients", reached == judged)
  judge("c-pinned", "orc-const", 0, 1.3, "orc")
  say("constant >= 1.30 of the pinned C's value", reached == judged)
  judge("owfs", "orc read owc list", 0, 1.5, "")
  say("owfs >= 1.50", reached == judged)
}
