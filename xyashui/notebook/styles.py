"""How a card looks: CSS, after JupyterLab's theme, VS Code's, or neither.

The colours are the page's own variables, light or dark, so that a card changes with the theme.
Every rule is about classes of this package, because a notebook has one page for all its cells.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["STYLE"]

# `&` is the card. It counts twice, so that these rules win over the page's own for all outputs.
_RULES: Final = """
.xya {
  --t: var(--jp-content-font-color1, var(--vscode-foreground, #1f2328));
  --m: var(--jp-content-font-color2, var(--vscode-descriptionForeground, #656d76));
  --b: var(--jp-layout-color1, var(--vscode-editor-background, #fff));
  --s: var(--jp-layout-color2, var(--vscode-textCodeBlock-background, #f3f4f6));
  --l: var(--jp-border-color2, var(--vscode-panel-border, #d9dce1));
  --a: var(--jp-brand-color1, var(--vscode-textLink-foreground, #1769d2));
  --e: var(--jp-error-color1, var(--vscode-errorForeground, #c62828));
  --g: var(--jp-success-color1, #2e8b57);
  --f: var(--jp-content-font-family, system-ui, "Segoe UI", Roboto, Arial), "PingFang SC",
    "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC",
    "WenQuanYi Micro Hei", sans-serif;
  --c: var(--jp-code-font-family, var(--vscode-editor-font-family, ui-monospace, Menlo, Consolas,
    monospace)), "Noto Sans Mono CJK SC", "PingFang SC", "Microsoft YaHei", monospace;
}
& { box-sizing: border-box; max-width: 780px; margin: 4px 0 8px; padding: 16px 20px 12px;
  border: 1px solid var(--l); border-radius: 10px; background: var(--b); color: var(--t);
  font: 14px/1.65 var(--f); overflow-wrap: anywhere }
& * { box-sizing: border-box }
& .xya-head { margin: 0 0 10px; font-size: 15px; font-weight: 600; line-height: 1.4 }
& .xya-turn + .xya-turn { margin-top: 14px }
& .xya-who { margin: 0 0 4px; color: var(--m); font-size: 12px; font-weight: 600 }

& .xya-text > :first-child { margin-top: 0 }
& .xya-text > :last-child { margin-bottom: 0 }
& p, & ul, & ol, & blockquote { margin: 0 0 10px; font-size: inherit; line-height: inherit }
& ul, & ol { padding-left: 24px }
& li { margin: 2px 0 }
& li > p { margin: 0 }
& h1, & h2, & h3, & h4, & h5, & h6 { margin: 16px 0 6px; color: inherit;
  font: 600 15px/1.4 var(--f) }
& h1 { font-size: 18px }
& h2 { font-size: 16.5px }
& blockquote { padding: 0 0 0 12px; border-left: 3px solid var(--l); background: none;
  color: var(--m) }
& hr { margin: 14px 0; border: 0; border-top: 1px solid var(--l) }
& img { display: block; max-width: min(100%, 420px); height: auto; margin: 8px 0;
  border-radius: 8px }
& a, & a:visited { color: var(--a); text-decoration: none }
& a:hover { text-decoration: underline }
& .xya-plain { white-space: pre-wrap }

& code { padding: 1px 5px; border: 0; border-radius: 4px; background: var(--s); color: inherit;
  font: 12.5px/1.5 var(--c) }
& pre { margin: 0 0 10px; padding: 10px 14px; border: 0; border-radius: 8px;
  background: var(--s); color: inherit; overflow-x: auto; white-space: pre;
  overflow-wrap: normal }
& pre code { padding: 0; background: none; font: 12.5px/1.6 var(--c); white-space: inherit }
& .xya-code { position: relative; margin: 0 0 10px }
& .xya-code pre { margin: 0 }
& .xya-code > span { position: absolute; top: 6px; right: 12px; color: var(--m);
  font: 11px/1.4 var(--f) }

& .xya-table { margin: 0 0 10px; overflow-x: auto }
& table { margin: 0; border: 0; border-collapse: collapse; color: inherit;
  font: 13px/1.5 var(--f) }
& tbody tr:nth-child(n), & tbody tr:nth-child(n):hover { background: none }
& th, & td { max-width: none; padding: 5px 14px; border: 0; border-bottom: 1px solid var(--l);
  background: none; text-align: left; vertical-align: top; white-space: normal }
& th { color: var(--m); font-weight: 600 }
& th:first-child, & td:first-child { padding-left: 0 }

& details { margin: 0 0 10px }
& summary { cursor: pointer; color: var(--m); font-size: 12.5px; line-height: 1.6 }
& .xya-thoughts > .xya-text { margin: 6px 0 0; padding: 0 0 0 12px;
  border-left: 2px solid var(--l); color: var(--m); font-size: 13px }
& .xya-tail { opacity: .75 }
& .xya-tool { margin: 0 0 6px; border: 1px solid var(--l); border-radius: 7px }
& .xya-tool > summary { padding: 4px 10px; overflow: hidden; white-space: nowrap;
  text-overflow: ellipsis; font: 12px/1.6 var(--c) }
& .xya-tool > summary b { color: var(--t); font-weight: 600 }
& .xya-tool pre { max-height: 320px; margin: 0 10px 8px; padding: 6px 10px; overflow: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; font: 12px/1.5 var(--c) }
& details + .xya-text, & .xya-text + details, & .xya-text + .xya-text { margin-top: 10px }
& .xya-bad { color: var(--e) }

& .xya-sources { margin: 14px 0 0; padding: 10px 0 0; border-top: 1px solid var(--l) }
& .xya-sources > b { color: var(--m); font-size: 12px; font-weight: 600 }
& .xya-sources ol { margin: 4px 0 0; padding-left: 20px; font-size: 13px; line-height: 1.7 }
& .xya-sources li { margin: 0 }
& .xya-sources li::marker { color: var(--m) }
& .xya-sources span { margin-left: 7px; color: var(--m); font-size: 12px }

& .xya-cut { margin: 12px 0 0; padding: 6px 12px; border-left: 3px solid var(--e);
  border-radius: 0 6px 6px 0; background: color-mix(in srgb, var(--e) 8%, transparent);
  font-size: 13px; line-height: 1.55 }
& .xya-cut b { color: var(--e); font-weight: 600 }

& .xya-foot { display: flex; flex-wrap: wrap; align-items: center; margin: 14px 0 0;
  color: var(--m); font-size: 12px; line-height: 1.6; font-variant-numeric: tabular-nums }
& .xya-foot > span + span::before { content: "·"; margin: 0 7px }
& .xya-foot > i { width: 7px; height: 7px; margin-right: 8px; border-radius: 50%;
  background: var(--g) }
&.xya-waiting .xya-foot > i, &.xya-arriving .xya-foot > i { background: var(--a) }
&.xya-cut .xya-foot > i { background: var(--e) }
& > style:first-child + div { margin-top: 0 }

&.xya-arriving .xya-turn:last-of-type > .xya-answer:last-child > p:last-child::after,
&.xya-arriving .xya-turn:last-of-type > .xya-answer:last-child > :last-child > li:last-child::after
{ content: ""; display: inline-block; width: 7px; height: 15px; margin-left: 3px;
  border-radius: 1px; background: var(--a); vertical-align: -2px }
"""


def _compact(rules: str) -> str:
    # It is sent with every drawing.
    return re.sub(r"\s*([{};,>])\s*", r"\1", " ".join(rules.split())).replace("&", ".xya.xya")


STYLE: Final = _compact(_RULES)
