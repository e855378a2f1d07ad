extension HTMLReport {
  /// The page's style; colours keep a contrast of 4.5 to their ground in both schemes.
  static let style = """
    :root { color-scheme: light dark;
      --ground: #ffffff; --raised: #f5f6f8; --text: #1b1f24; --quiet: #57606a; --line: #d5d9de;
      --pass: #1a6b33; --pass-ground: #e3f4e7; --fail: #a81c1c; --fail-ground: #fbe6e6; --error: #7a5200; --error-ground: #fbf0d6;
      --s0: #1f5fbf; --s1: #b4540a; --s2: #6b3fa0; --s3: #0b7285; }
    @media (prefers-color-scheme: dark) { :root {
      --ground: #14171b; --raised: #1d2127; --text: #e4e7eb; --quiet: #9aa4af; --line: #363c45;
      --pass: #7fd495; --pass-ground: #17301f; --fail: #ff9c96; --fail-ground: #3a1a1c; --error: #ecc46a; --error-ground: #352a12;
      --s0: #7fb0ff; --s1: #ffab6b; --s2: #c9a6f5; --s3: #6fd0de; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--ground); color: var(--text);
      font: 1rem/1.5 system-ui, sans-serif; }
    h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; } h4 { margin: 1rem 0 .25rem; }
    header p, small, caption { color: var(--quiet); } small { display: block; font-size: .8rem; overflow-wrap: anywhere; }
    figcaption small, li small { display: inline; font-weight: 400; }
    .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
    caption { text-align: left; padding-bottom: .25rem; }
    th, td { text-align: left; padding: .4rem .6rem; border: 1px solid var(--line); vertical-align: top; }
    .matrix th[scope=row] { white-space: nowrap; width: 1%; font-variant-numeric: tabular-nums; }
    .matrix a { color: inherit; text-decoration: none; display: block; } .matrix a:hover b { text-decoration: underline; }
    td.pass { background: var(--pass-ground); color: var(--pass); } td.fail { background: var(--fail-ground); color: var(--fail); }
    td.error { background: var(--error-ground); color: var(--error); } td.none, li.none { color: var(--quiet); }
    summary.pass, li.pass { color: var(--pass); } summary.fail, li.fail { color: var(--fail); }
    summary.error, li.error { color: var(--error); }
    details { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .8rem; margin: .5rem 0; background: var(--raised); }
    details > div { scroll-margin-top: 3.5rem; } details:has(:target) { outline: 2px solid var(--s0); } summary { cursor: pointer; font-weight: 600; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 20rem; overflow-y: auto; background: var(--ground);
      padding: .5rem; border: 1px solid var(--line); }
    .rungs { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
    .past { list-style: none; padding: 0; margin: 0; } .past li { overflow-wrap: anywhere; } .past time { color: var(--quiet); margin-right: .5rem; }
    .past .pass { color: var(--pass); } .past .fail { color: var(--fail); } .past .error { color: var(--error); }
    .list td:last-child { white-space: nowrap; width: 1%; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
    dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
    @media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } .list td:last-child { white-space: normal; } }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
    figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
    svg text { fill: var(--quiet); font-size: 12px; }
    @media (max-width: 40rem) { svg text { font-size: 20px; } }
    svg .y { text-anchor: end; dominant-baseline: middle; }
    svg .x { text-anchor: end; } svg .name { dominant-baseline: middle; font-weight: 600; }
    svg .grid { stroke: var(--line); } polyline { fill: none; stroke-width: 2; }
    polyline.s0 { stroke: var(--s0); } circle.s0, svg text.s0 { fill: var(--s0); }
    polyline.s1 { stroke: var(--s1); stroke-dasharray: 6 3; } circle.s1, svg text.s1 { fill: var(--s1); }
    polyline.s2 { stroke: var(--s2); stroke-dasharray: 2 3; } circle.s2, svg text.s2 { fill: var(--s2); }
    polyline.s3 { stroke: var(--s3); stroke-dasharray: 9 3 2 3; } circle.s3, svg text.s3 { fill: var(--s3); }
    """
}
