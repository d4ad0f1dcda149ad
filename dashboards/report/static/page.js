// A heading of a table sorts its rows: numbers from the greatest, texts from the first letter, and
// the other way round at the next click. What is empty stays at the end.
for (const table of document.querySelectorAll("table.rows")) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.onclick = () => sortRows(table.tBodies[0], heading, column);
  });
}

function sortRows(body, heading, column) {
  const numeric = heading.classList.contains("n");
  const ascending = heading.ariaSort ? heading.ariaSort === "descending" : !numeric;
  for (const other of heading.parentNode.cells) {
    other.removeAttribute("aria-sort");
  }
  heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const value = (row) => (numeric ? row.cells[column].dataset.v : row.cells[column].textContent);
  const compare = numeric ? (a, b) => a - b : (a, b) => a.localeCompare(b);
  const sorted = [...body.rows].sort((left, right) => {
    const [a, b] = [value(left), value(right)];
    if (a === "" || b === "") {
      return (a === "") - (b === "");
    }
    return ascending ? compare(a, b) : compare(b, a);
  });
  body.append(...sorted);
}
