"""A page in headless Chromium: what it measures of itself, and pictures of it."""

import html
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

SKIPPED = 77  # for ctest


def chromium():
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def run(arguments, width=1280, height=900, dark=False, timeout=120):
    with tempfile.TemporaryDirectory() as profile:
        command = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   "--disable-dev-shm-usage", f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        if dark:
            command += ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]
        return subprocess.run(command + arguments, capture_output=True, text=True, timeout=timeout, check=True).stdout


def probe(page, script, width=1280):
    """Runs `script`, the body of a function that fills `out`, when the page is loaded; gives `out`.

    It is a copy of the page that is opened, with the probe in it. `out.load` is the time in milliseconds
    from the start of the navigation to the load event with everything laid out, `out.errors` what scripts threw.
    """
    text = pathlib.Path(page).read_text()
    head = "<script>window.problems = []; window.onerror = m => problems.push(String(m));</script>"
    tail = """<script>
addEventListener("load", () => {
  const flush = () => document.body.offsetHeight;
  flush();
  const out = { load: performance.now() };
  const timed = act => { const t = performance.now(); act(); flush(); return performance.now() - t; };
  try { (() => { %s })(); } catch (e) { problems.push(String(e)); }
  out.errors = problems;
  const pre = document.createElement("pre");
  pre.id = "probe";
  pre.textContent = JSON.stringify(out);
  document.body.replaceChildren(pre);
});
</script></body>""" % script
    with tempfile.NamedTemporaryFile("w", suffix=".html") as copy:
        copy.write(text.replace("<head>", "<head>" + head, 1).replace("</body>", tail, 1))
        copy.flush()
        dom = run(["--dump-dom", "file://" + copy.name], width=width)
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom, re.DOTALL)
    if not found:
        raise AssertionError("the page did not come to its load event")
    return json.loads(html.unescape(found.group(1)))


def picture(page, file, width=1280, height=2400, dark=False):
    run([f"--screenshot={file}", "file://" + str(pathlib.Path(page).resolve())], width, height, dark)
