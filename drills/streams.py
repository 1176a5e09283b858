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
HOLD_SECONDS = float(sys.argv[3])
# What has to hold.
P99_SECONDS, STREAM_BYTES, STORM_SECONDS = 2.0, 25_000, 60.0
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


class Stream:
    """One open page: what it heard, and where it would go on."""

    def __init__(self, address, topic):
        self.address, self.topic = address, topic
        self.writer = self.last_id = self.newest = self.heard_at = None
        self.is_open = False

    async def listen(self):
        host, port = self.address
        reader, self.writer = await asyncio.open_connection(host, port, limit=4096)
        resumes = f"last-event-id: {self.last_id}\r\n" if self.last_id else ""
        self.writer.write(f"GET /live?topic={self.topic} HTTP/1.1\r\nhost: {host}:{port}\r\n{resumes}\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"HTTP/1.1 "):
                if b" 200 " not in line:
                    return
                # A stream that goes on hears nothing before there is something new.
                self.is_open = self.last_id is not None
            if line.startswith(b"id:"):
                self.last_id = line[3:].strip().decode()
            if found := re.match(rb'data: .*"number":(\d+)', line):
                number = int(found.group(1))
                self.is_open = True
                if self.newest is not None and number > self.newest:
                    self.heard_at = time.monotonic()
                self.newest = number

    def drop(self):
        self.is_open, self.heard_at = False, None
        if self.writer:
            self.writer.transport.abort()


async def open_all(streams, at_once, patience):
    """Opens them, so many at once, and tells how long that took."""
    began, tasks = time.monotonic(), []
    for batch in range(0, len(streams), at_once):
        some = streams[batch:batch + at_once]
        tasks += [asyncio.create_task(s.listen()) for s in some]
        while not all(s.is_open for s in some) and time.monotonic() - began < patience:
            await asyncio.sleep(0.02)
    return time.monotonic() - began, tasks


async def reply(browser, path, topic, streams, text):
    """Posts once; the share of streams that heard of it, and how soon all but a hundredth did."""
    page = await asyncio.to_thread(browser.get, path)
    sent = time.monotonic()
    await asyncio.to_thread(browser.send, page, f"/t/{topic}/replies", raw=text)
    while not all(s.heard_at for s in streams) and time.monotonic() - sent < WAIT_SECONDS:
        await asyncio.sleep(0.05)
    delays = sorted(s.heard_at - sent for s in streams if s.heard_at)
    p99 = delays[int(len(delays) * 0.99) - 1] if delays else float("inf")
    return len(delays) / WANTED, p99


async def main():
    with tempfile.TemporaryDirectory(prefix="stoa-streams-") as folder:
        program, base, (name, password) = start(folder)
        try:
            browser = Browser(base)
            browser.send(browser.get("/login"), "/login", name=name, password=password)
            path, topic = re.search(r'href="(/t/[^"/]+/(\d+))"', browser.get("/new")).groups()
            host, port = base.removeprefix("http://").split(":")
            await asyncio.sleep(2)
            before = resident(program.pid)
            streams = [Stream((host, int(port)), topic) for _ in range(WANTED)]
            _, tasks = await open_all(streams, 200, 120)
            opened = sum(s.is_open for s in streams)
            await asyncio.sleep(HOLD_SECONDS)
            lost = sum(t.done() for t in tasks)
            each = (resident(program.pid) - before) / max(opened, 1)
            share, p99 = await reply(browser, path, topic, streams, "Everybody hears this.")
            print(f"{opened} of {WANTED} streams opened, {lost} lost in {HOLD_SECONDS:.0f} s, {100 * share:.2f} % heard of the "
                  f"reply, p99 {1000 * p99:.0f} ms, {each / 1000:.1f} kB a stream", flush=True)
            # The network was away for all of them, and is back for all of them in the same moment.
            for stream in streams:
                stream.drop()
            await asyncio.gather(*tasks, return_exceptions=True)
            storm, tasks = await open_all(streams, WANTED, STORM_SECONDS)
            back = sum(s.is_open for s in streams)
            share_after, p99_after = await reply(browser, path, topic, streams, "And everybody hears this, after the storm.")
            print(f"{back} of {WANTED} came back at once in {storm:.1f} s, {100 * share_after:.2f} % heard of the next reply, "
                  f"p99 {1000 * p99_after:.0f} ms", flush=True)
            for task in tasks:
                task.cancel()
            held = share == 1 and p99 <= P99_SECONDS and each <= STREAM_BYTES and lost == 0
            return held and back == WANTED and storm <= STORM_SECONDS and share_after == 1 and p99_after <= P99_SECONDS
        finally:
            program.terminate()
            program.wait(20)


sys.exit(0 if asyncio.run(main()) else 1)
