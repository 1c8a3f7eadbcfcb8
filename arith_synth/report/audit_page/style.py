"""How the page looks: light and dark, wide tables scroll, pictures stand on white."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --dim: #555; --paper: #fff; --line: #d5d5d5; --box: #f6f6f4;
  --good: #00664b; --bad: #a63603; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --dim: #a9a9a9; --paper: #16181b; --line: #3b3f45; --box: #1f2226; --good: #4fd1a5;
    --bad: #ff9b5c; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 1260px; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; padding-top: .6rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; overflow-wrap: anywhere; }
p, li { overflow-wrap: anywhere; }
td { overflow-wrap: break-word; }
p { max-width: 75ch; margin: .4rem 0; }
a { color: inherit; }
code { font: .92em ui-monospace, monospace; }
nav ul { columns: 3 20rem; padding-left: 1.1rem; margin: .4rem 0; }
.dim { color: var(--dim); font-size: .92em; }
.verdict { font-size: 1.1rem; font-weight: 600; }
.holds { color: var(--good); font-weight: 600; white-space: nowrap; }
.fails { color: var(--bad); font-weight: 700; white-space: nowrap; }
.notice { border-left: 4px solid var(--bad); background: var(--box); padding: .4rem .8rem; margin: .6rem 0; }
.wide { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; font-size: .88rem; }
th, td { border-bottom: 1px solid var(--line); padding: .22rem .6rem .22rem 0; text-align: left; vertical-align: top; }
th { background: var(--box); vertical-align: bottom; }
th.number, td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th.number { white-space: normal; }
.shift td:first-child, .shift td:nth-child(2) { overflow-wrap: normal; }
.facts td:first-child { min-width: 12rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 580px), 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; padding: .5rem; background: var(--box); }
figure img { display: block; margin: 0 auto; max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
figcaption { font-size: .9rem; margin: .1rem 0 .4rem; }
details > summary { cursor: pointer; margin: .5rem 0; }
"""
