/** Prints rows of text as a table: the first column to the left, the others to the right. */
export function printTable(header, rows) {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) => cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ');
  for (const row of [header, widths.map((width) => '-'.repeat(width)), ...rows]) console.log(line(row));
}

export function rounded(value) {
  return value >= 99.5 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(2);
}
