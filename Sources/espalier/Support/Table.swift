import Report

/// Columns side by side, those of numbers to the right; of `flexible` the middle is left out where lines get too long.
func table(_ rows: [[String]], right: Set<Int> = [], flexible: Int? = nil, width: Int = lineWidth) -> String {
  columns(rows, rightAligned: right, flexible: flexible, width: width)
}
