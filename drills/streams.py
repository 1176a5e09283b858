"""The load behind streams.sh: one program, many streams, one reply."""

import asyncio
import http.cookiejar
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

WANTED = int(sys.argv[1])
PROGRAM = sys.argv[2]
# What has to hold.
P99_SECONDS, STREAM_BYTES = 2.0, 25_000
WAIT_SECONDS = 30


def start(folder):
    env = dict(os.environ, STOA_STREAMS=str(WANTED), STOA_STREAMS_EACH=str(WANTED))
    log = open(os.path.join(folder, "log"), "w+")
    program = subprocess.Popen(
        [PROGRAM, "serve", "--demo", "--listen", "127.0.0.1:0", "--data", folder],
        stdout=subprocess.PIPE, stderr=log, env=env, text=True)
    for line in program.stdout:
        if found := re.match(r"listening on (http://\S+)", line):
            log.seek(0)
            said = log.read()
            person = [re.search(rf"{key}: +(.+)", said).group(1) for key in ("name", "password")]
            return program, found.group(1), person
    raise SystemExit("the program did not start")


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) * 1024


class Browser:
    def __init__(self, base):
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path):
        return self.opener.open(self.base + path).read().decode()

    def send(self, page, action, **fields):
        form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.S).group(0)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
        body = urllib.parse.urlencode({**dict(hidden), **fields}).encode()
        return self.opener.open(self.base + action, body).read().decode()


async def listen(address, topic, opened, heard):
    host, port = address
    reader, writer = await asyncio.open_connection(host, port, limit=4096)
    writer.write(f"GET /live?topic={topic} HTTP/1.1\r\nhost: {host}:{port}\r\n\r\n".encode())
    first = None
    while line := await reader.readline():
        if line.startswith(b"HTTP/1.1 ") and b" 200 " not in line:
            return
        if found := re.match(rb'data: .*"number":(\d+)', line):
            number = int(found.group(1))
            if first is None:
                first = number
                opened.append(writer)
            elif number > first:
                heard.append(time.monotonic())


async def main():
    with tempfile.TemporaryDirectory(prefix="stoa-streams-") as folder:
        program, base, (name, password) = start(folder)
        try:
            browser = Browser(base)
            browser.send(browser.get("/login"), "/login", name=name, password=password)
            path, topic = re.search(r'href="(/t/[^"/]+/(\d+))"', browser.get("/new")).groups()
            host, port = base.removeprefix("http://").split(":")
            await asyncio.sleep(2)
            before, opened, heard, tasks = resident(program.pid), [], [], []
            for batch in range(0, WANTED, 200):
                for _ in range(min(200, WANTED - batch)):
                    tasks.append(asyncio.create_task(listen((host, int(port)), topic, opened, heard)))
                while len(opened) < min(batch + 200, WANTED) * 0.98 and not all(t.done() for t in tasks):
                    await asyncio.sleep(0.02)
            # Longer than a kept connection may be idle, and than the first sign of life.
            await asyncio.sleep(25)
            each = (resident(program.pid) - before) / max(len(opened), 1)
            page = await asyncio.to_thread(browser.get, path)
            sent = time.monotonic()
            await asyncio.to_thread(browser.send, page, f"/t/{topic}/replies", raw="Everybody hears this.")
            while len(heard) < len(opened) and time.monotonic() - sent < WAIT_SECONDS:
                await asyncio.sleep(0.05)
            delays = sorted(at - sent for at in heard)
            p99 = delays[int(len(delays) * 0.99) - 1] if delays else float("inf")
            share = len(heard) / WANTED
            print(f"{len(opened)} of {WANTED} streams opened, {100 * share:.2f} % heard of the reply, "
                  f"p99 {1000 * p99:.0f} ms, {each / 1000:.1f} kB a stream")
            for task in tasks:
                task.cancel()
            return share == 1 and p99 <= P99_SECONDS and each <= STREAM_BYTES
        finally:
            program.terminate()
            program.wait(20)


sys.exit(0 if asyncio.run(main()) else 1)
