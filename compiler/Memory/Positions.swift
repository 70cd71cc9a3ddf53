/// How many of the sorted values are below a limit.
func positions(_ values: [Int], below limit: Int) -> Int {
  var low = 0
  var high = values.count
  while low < high {
    let middle = (low + high) / 2
    if values[middle] < limit { low = middle + 1 } else { high = middle }
  }
  return low
}
