#!/usr/bin/env python3
"""Looks at the HTML report in Chromium, with the network off: page.py CHROMIUM PAGE [FOLDER FOR SCREENSHOTS | --once].

Light and dark, on a telephone and on a wide screen: nothing is asked for from outside, nothing is said on the console,
nothing is wider than the screen, every cell has words and opens its details, all text stands out from its ground.
With --once it is looked at dark and on a telephone only, as suits a large one. Prints what it saw, and exits with 1 and what is wrong. Drives the browser over its debugging pipe, with Python alone.
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

WIDTHS = {"phone": (390, 844, True), "desktop": (1280, 900, False)}

# Runs in the page, for one scheme and width; returns a list of what is wrong.
LOOK = """
(() => {
  const wrong = [];
  const wide = document.documentElement;
  if (wide.scrollWidth > wide.clientWidth)
    wrong.push(`the page is ${wide.scrollWidth} wide, the screen ${wide.clientWidth}`);
  for (const box of document.querySelectorAll('.scroll'))
    if (box.scrollWidth > box.clientWidth + 1 && box.querySelectorAll('thead th').length <= 3)
      wrong.push(`the matrix is ${box.scrollWidth} wide, its place ${box.clientWidth}`);
  for (const cell of document.querySelectorAll('.matrix tbody td'))
    if (!/[a-z]{3}/.test(cell.innerText)) wrong.push(`a cell says "${cell.innerText}"`);
  const channels = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const colour = channels(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
  };
  const seen = new Set();
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    // What has the classes of something seen looks like it.
    const kind = [node, node.parentElement, node.parentElement.parentElement]
      .map(one => `${one.tagName}.${one.getAttribute('class')}`).join(' ');
    if (!own || seen.has(kind) || !node.getClientRects().length || node.closest('title')) continue;
    seen.add(kind);
    const style = getComputedStyle(node);
    const colour = channels(node.closest('svg') ? style.fill : style.color);
    const pair = [luminance(colour), luminance(ground(node))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) {
      wrong.push(`${kind} has a contrast of ${ratio.toFixed(1)}: "${node.textContent.trim().slice(0, 30)}"`);
    }
  }
  return wrong;
})()
"""

# Follows the links of the cells, 24 at most; returns [cells followed, what is wrong].
FOLLOW = """
(async () => {
  const wrong = [];
  const all = [...document.querySelectorAll('.matrix a')];
  // Of very many, some from everywhere: each lays the page out anew.
  const links = all.filter((_, index) => index % Math.ceil(all.length / 24) === 0);
  for (const box of document.querySelectorAll('details')) box.open = false;
  for (const link of links) {
    link.click();
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) { wrong.push(`${link.hash} leads nowhere`); continue; }
    const place = target.getBoundingClientRect();
    if (!target.closest('details').open || place.height === 0) wrong.push(`${link.hash} is not opened`);
    else if (place.top < 16 || place.top > innerHeight) wrong.push(`${link.hash} is not shown, at ${place.top}`);
    if (!target.querySelector('dl')) wrong.push(`${link.hash} has no facts`);
    target.closest('details').open = false;
  }
  return [links.length, wrong];
})()
"""


class Browser:
    def __init__(self, program, home):
        down, up = os.pipe(), os.pipe()

        def take_pipes():
            os.dup2(down[0], 9)
            os.dup2(up[1], 8)
            os.dup2(9, 3)
            os.dup2(8, 4)

        options = [
            "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={home}", "--no-first-run", "--disable-gpu",
            "--disable-extensions", "--disable-background-networking", "--hide-scrollbars", "--disable-dev-shm-usage",
            # A proxy that is not there: what a page asks for outside cannot be had.
            "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
        ] + (["--no-sandbox"] if os.geteuid() == 0 else [])
        self.process = subprocess.Popen(
            [program] + options, preexec_fn=take_pipes, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": home})
        os.close(down[0])
        os.close(up[1])
        self.input, self.output = os.fdopen(down[1], "wb", 0), os.fdopen(up[0], "rb")
        self.number, self.rest, self.events, self.session = 0, b"", [], None
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self.session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self(f"{domain}.enable")

    def receive(self):
        while b"\0" not in self.rest:
            piece = self.output.read1(1 << 16)
            if not piece:
                sys.exit("the browser ended")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(message)
        if "method" in message:
            self.events.append(message)
        return message

    def __call__(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.input.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def load(self, url):
        start = len(self.events)
        self("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events[start:]):
            self.receive()

    def run(self, script):
        result = self("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            sys.exit(f"in the page: {result['exceptionDetails']}")
        return result["result"].get("value")

    def shoot(self, path):
        size = self("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        shot = self("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def end(self):
        try:
            self("Browser.close")
            self.process.wait(10)
        except (SystemExit, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def told(events):
    """What the page asked for, and what was said on the console."""
    for event in events:
        parameters = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith(("file:", "data:", "about:")):
                yield f"asks for {url}"
        elif event["method"] == "Runtime.exceptionThrown":
            yield f"throws: {parameters['exceptionDetails']['text']}"
        elif event["method"] == "Runtime.consoleAPICalled":
            yield f"says on the console: {parameters['type']}"
        elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            yield f"is told: {parameters['entry']['text']}"


def main(program, page, shots=None):
    home = tempfile.mkdtemp(prefix="xip-rebase-page-")
    browser = Browser(program, home)
    wrong, cells = [], 0
    try:
        isOnce = shots == "--once"
        for scheme in ("dark",) if isOnce else ("light", "dark"):
            for name, (width, height, mobile) in list(WIDTHS.items())[: 1 if isOnce else None]:
                browser("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                browser("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
                browser.load(pathlib.Path(page).resolve().as_uri())
                if shots and not isOnce:
                    browser.shoot(pathlib.Path(shots) / f"{scheme}-{name}.png")
                if not isOnce:
                    browser.run("for (const box of document.querySelectorAll('details')) box.open = true")
                wrong += [f"{scheme}, {name}: {what}" for what in browser.run(LOOK)]
            cells, unopened = browser.run(FOLLOW)
            wrong += [f"{scheme}: {what}" for what in unopened]
        wrong += [f"the page {what}" for what in dict.fromkeys(told(browser.events))]
    finally:
        browser.end()
        shutil.rmtree(home, ignore_errors=True)
    if cells == 0:
        wrong.append("the page has no cells")
    if wrong:
        sys.exit("\n".join(wrong[:12]))
    print(f"{cells} cells opened, " + ("dark, 390 px" if isOnce else "light and dark, 390 px and 1280 px"))


if __name__ == "__main__":
    main(*sys.argv[1:])
