"""The page's style sheet, its one script, and the policy that lets no other run."""

from base64 import b64encode
from hashlib import sha256

from dashboards.report.colors import palette


def _palette(colors: tuple[str, ...]) -> str:
    return "".join(f"--s{index}:{color};" for index, color in enumerate(colors))


_LIGHT = (
    "--bg:#f4f5f5;--card:#fff;--ink:#1f2328;--soft:#59616b;--line:#d5d9de;--grid:#e3e6ea;"
    "--bad:#a40e26;" + _palette(palette(dark=False))
)
_DARK = (
    "--bg:#111217;--card:#1b1d23;--ink:#e4e6ea;--soft:#a3aab4;--line:#3a3f47;--grid:#33373f;"
    "--bad:#ff8a8a;" + _palette(palette(dark=True))
)

_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:16px;max-width:1460px;background:var(--bg);color:var(--ink);
  font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:1.7rem;margin:0 0 .2em}
h2{font-size:1.2rem;margin:1.6em 0 .6em}
h3{font-size:1rem;margin:0 0 .5em;overflow-wrap:anywhere}
header p{margin:0 0 .8em;max-width:70ch}
header dl{display:grid;grid-template-columns:max-content 1fr;gap:.15em 1em;margin:0}
dt{color:var(--soft)}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
dd small{display:block;color:var(--soft);margin-bottom:.25em}
.warn{font-weight:600}
header .warn{margin:.8em 0 0}
.grid{display:grid;gap:10px;grid-template-columns:minmax(0,1fr)}
.panel{min-width:0;background:var(--card);border:1px solid var(--line);border-radius:4px;
  padding:10px 12px;display:flex;flex-direction:column}
.plot svg{display:block;width:100%;height:auto;overflow:hidden}
.plot *{stroke-linejoin:round;stroke-linecap:butt}
.plot text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif!important}
.wide{display:none}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th{font-weight:inherit;text-align:left}
.legend{width:100%;font-size:.87rem;margin-top:.3em}
.legend td,.legend th{text-align:right;white-space:nowrap;padding:.1em 0 .1em .8em}
.legend thead th{color:var(--soft);border-bottom:1px solid var(--line)}
.legend th:first-child,.bars th{text-align:left;white-space:normal;overflow-wrap:anywhere;
  min-width:8.5em}
.legend tbody th:first-child,.bars th{padding-left:34px;text-indent:-34px}
.legend thead th:first-child{padding-left:0}
.swatch{width:26px;height:10px;margin-right:8px;vertical-align:middle}
.swatch path{stroke-width:3;fill:none}
.number{margin:auto 0;padding:.1em 0 .3em;font-size:1.75rem;line-height:1.15;font-weight:600;
  overflow-wrap:anywhere}
.number .unit{font-size:1rem;font-weight:400;color:var(--soft)}
.number .name{display:block;font-size:.87rem;font-weight:400;color:var(--soft)}
.bars{width:100%}
.bars th{padding-top:.2em;padding-bottom:.2em;padding-right:.8em;max-width:16em}
.bars td{text-align:right;white-space:nowrap;padding-left:.8em}
.bars .track{width:50%;padding:0}
@media screen and (max-width:480px){.bars .track{width:30%}.legend td,.legend th{padding-left:.5em}
  .legend th:first-child{min-width:6.5em}}
.track i{display:block;height:.85em;border-radius:2px;min-width:2px;background:var(--c)}
.track .d1{background:repeating-linear-gradient(90deg,var(--c) 0 6px,transparent 6px 8px)}
.track .d2{background:repeating-linear-gradient(90deg,var(--c) 0 2px,transparent 2px 4px)}
.track .d3{background:repeating-linear-gradient(90deg,var(--c) 0 8px,
  transparent 8px 10px,var(--c) 10px 12px,transparent 12px 14px)}
.scroll{overflow-x:auto;max-width:100%}
.scroll:focus-visible{outline:2px solid var(--s0)}
.rows{width:100%;font-size:.93rem}
.rows th,.rows td{padding:.28em .9em .28em 0;border-bottom:1px solid var(--grid);white-space:nowrap}
.rows td:first-child{max-width:22em;white-space:normal;overflow-wrap:anywhere;min-width:7em}
.rows thead th{color:var(--soft);border-bottom:1px solid var(--line)}
.rows .n{text-align:right}
.rows small{color:var(--soft)}
.rows button{all:unset;cursor:pointer}
.rows button:focus-visible{outline:2px solid var(--s0)}
th[aria-sort=ascending] button::after{content:" ▲"}
th[aria-sort=descending] button::after{content:" ▼"}
.no,.error{margin:.4em 0}
.no{color:var(--soft)}
.no small{display:block}
a{color:inherit;text-decoration:underline dotted;text-underline-offset:.15em}
a:hover{text-decoration-style:solid}
a:focus-visible{outline:2px solid var(--s0)}
nav{display:flex;flex-wrap:wrap;gap:.3em 1.2em;margin:1em 0 0;padding:.6em 0;
  border:solid var(--line);border-width:1px 0}
nav span{font-weight:600}
.sign{font-size:.7em;vertical-align:.12em;margin-right:.35em}
.said{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.keys{display:flex;flex-wrap:wrap;gap:.2em 1.2em;margin:.3em 0;font-size:.87rem}
.bars .stacked{text-align:left;font-size:0}
.stacked i{display:inline-block;border-radius:0;height:.9rem;min-width:0}
.chart th{text-indent:0;padding-left:0;vertical-align:top}
h4{margin:.6em 0 .2em;font-size:.95rem}
ul.words{padding-left:1.2em}
code{font-size:.9em;background:var(--bg);border-radius:3px;padding:.05em .25em}
.error{color:var(--bad);overflow-wrap:anywhere}
.words{margin:.3em 0;white-space:pre-line;overflow-wrap:anywhere}
.scales{display:flex;gap:.6em;align-items:center;font-size:.87rem;margin:.3em 0}
.scale{flex:1;height:.7em;max-width:16em;
  background:linear-gradient(90deg,#440154,#3b528b,#21918c,#5ec962,#fde725)}
details{margin-top:.5em;font-size:.87rem;color:var(--soft)}
.number+details{margin-top:auto}
summary{cursor:pointer}
details p{margin:.3em 0 0;max-width:70ch;overflow-wrap:anywhere}
.paper{display:none}
@media screen and (min-width:480px){.grid{grid-template-columns:repeat(12,minmax(0,1fr))}
  .whole,.half{grid-column:span 12}.third{grid-column:span 6}}
@media screen and (min-width:760px){.half{grid-column:span 6}.third{grid-column:span 4}}
@media screen and (min-width:1100px){.grid{grid-template-columns:repeat(24,minmax(0,1fr))}
  .panel{grid-column:var(--x)/span var(--w)}
  .wide{display:block}.narrow{display:none}}
@media print{@page{size:A4;margin:13mm}
  body{padding:0;font-size:9pt;max-width:none;background:none}
  *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
  h2{break-after:avoid;margin:1.2em 0 .5em}
  h3{break-after:avoid}
  .grid{gap:6px;grid-template-columns:repeat(12,minmax(0,1fr))}
  .whole{grid-column:span 12}.half{grid-column:span 6}.third{grid-column:span 4}
  .panel{break-inside:avoid;padding:6px 8px}
  .grid:has(>:only-child){display:block}
  .table{break-inside:auto;display:block}
  .whole .wide{display:block}.whole .narrow{display:none}
  tr,thead{break-inside:avoid}thead{display:table-header-group}
  .scroll{overflow:visible}
  .rows th,.rows td{padding:.15em .7em .15em 0}
  .number{font-size:15pt}
  .legend,.bars{font-size:7.5pt;line-height:1.25}
  .legend td,.legend th{padding-top:0;padding-bottom:0}
  .swatch{width:20px;margin-right:5px}
  .legend tbody th:first-child,.bars th{padding-left:25px;text-indent:-25px}
  .rows button{display:contents}
  details{display:none}
  sup.paper{display:inline;margin-left:.3em;font-weight:400;color:var(--soft)}
  .notes{display:block;columns:2;font-size:8pt}
  .notes h2{column-span:all}
  .notes dt{font-weight:600;color:inherit;break-after:avoid}.notes dd{margin:0 0 .6em}
}
"""

CSS = (
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}{_RULES}"
)

SCRIPT = """
for (const table of document.querySelectorAll("table.rows")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.onclick = () => {
      const numeric = head.classList.contains("n");
      const up = head.ariaSort ? head.ariaSort === "descending" : !numeric;
      const value = row => numeric ? row.cells[column].dataset.v : row.cells[column].textContent;
      const compare = numeric ? (a, b) => a - b : (a, b) => a.localeCompare(b);
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      body.append(...[...body.rows].sort((one, two) => {
        const a = value(one), b = value(two);
        if (a === "" || b === "") return (a === "") - (b === "");
        return up ? compare(a, b) : compare(b, a);
      }));
    };
  });
}
"""

POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
    "style-src 'unsafe-inline'; "
    f"script-src 'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}'"
)
