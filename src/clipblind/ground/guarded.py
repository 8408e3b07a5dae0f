"""Work on strangers' bytes in processes of their own, which may crash, hang or fill up."""

import math
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

SECONDS: Final = 60  # of a processor, over one piece: a machine under load refuses nothing more
PATIENCE: Final = 10  # times that, by the clock
MEMORY: Final = 4 << 30  # bytes beside what the process has at its start
CODE: Final = "from clipblind.ground.guarded import serve; serve()"


class Broken(Exception):
    """A piece ended the process that worked on it, or had to; the text is a short reason."""


def guarded(work: Callable[[Any], Any], piece: Any, seconds: int = SECONDS) -> Any:
    """A function's result on a piece, from a process with limits of time and memory.

    Processes wait for further pieces, so that a start is paid once; they end with this process.
    May be called by several threads, each of which gets one to itself.

    Args:
        work: a function of a module; it, the piece and the result go through a pipe.
        piece: what it is given.
        seconds: of processor time.

    Raises:
        Broken: if the piece took too long, or crashed the process.
        Exception: what the work raises.
    """
    try:
        worker = _idle.get_nowait()
    except Empty:
        worker = _Worker()
    try:
        good, result = worker.ask(work, piece, seconds)
    except BaseException:
        worker.end()
        raise
    _idle.put(worker)
    if not good:
        raise result
    return result


def serve() -> None:
    """Work on pieces from the pipe until it closes; what a process of `guarded` does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks decides
    # crashes are expected, and would each leave a file of a gigabyte
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pipe = Connection(int(sys.argv[1]))
    pipe.send("ready")
    limited = False
    while True:
        try:
            module, name, piece, seconds, folder = pipe.recv()
        except EOFError:
            return
        os.chdir(folder)
        work = getattr(import_module(module), name)
        if not limited:  # now that it has loaded what it needs
            _limit(resource.RLIMIT_AS, _own_memory() + MEMORY)
            limited = True
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime) + seconds)
        try:
            pipe.send((True, work(piece)))
        except Exception as error:
            pipe.send((False, error))


class _Worker:
    def __init__(self) -> None:
        own, others = socket.socketpair()
        with others:
            given = others.fileno()
            self.process = subprocess.Popen(
                [sys.executable, "-c", CODE, str(given)],
                pass_fds=[given],
                stdin=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self.pipe = Connection(own.detach())
        self.is_ready = False

    def ask(self, work: Callable[[Any], Any], piece: Any, seconds: int) -> tuple[bool, Any]:
        if not self.is_ready:
            try:
                self.is_ready = self.pipe.recv() == "ready"
            except (EOFError, ConnectionError):
                raise RuntimeError("a process for guarded work can't be started") from None
        try:
            self.pipe.send((work.__module__, work.__name__, piece, seconds, Path.cwd()))
            if not self.pipe.poll(seconds * PATIENCE):
                raise Broken(f"it takes more than {seconds * PATIENCE} seconds")
            answer: tuple[bool, Any] = self.pipe.recv()
        except (EOFError, ConnectionError):
            raise Broken(_ended(self.process.wait(), seconds)) from None
        return answer

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.pipe.close()


_idle: SimpleQueue[_Worker] = SimpleQueue()


def _forget() -> None:
    """A process that was forked from this one shares no pipe with it."""
    global _idle
    _idle = SimpleQueue()


os.register_at_fork(after_in_child=_forget)


def _ended(code: int, seconds: int) -> str:
    if code == -signal.SIGXCPU:
        return f"it takes more than {seconds} seconds"
    if code == -signal.SIGBUS:
        return "its file shrank while it was read"
    if code == -signal.SIGKILL:
        return "it takes more memory than there is"
    return f"its reader crashed ({signal.Signals(-code).name if code < 0 else f'exit {code}'})"


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _own_memory() -> int:
    """Bytes of address space that this process has."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        return int(pages) * resource.getpagesize()
    except (OSError, ValueError):  # no Linux
        return MEMORY
