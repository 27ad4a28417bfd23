"""The operator's desk: FIX sessions as HTTP shows them, and what operators do to them, each action audited.

Trades that their owners dispute are audited, too: settling them is the operator's part.
It joins the FIX side, HTTP's words and the audit log; rules about sessions are in `gateway.fix.session_control`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import assert_never

import msgspec
import structlog

from exchange.sequencing.data_folder import DataFolderError, DataPaths
from gateway.audit import AuditEntry, AuditLog
from gateway.fix.acceptor import Acceptor
from gateway.fix.frame_chains import Chain
from gateway.fix.frame_log import RECEIVED, SENT
from gateway.fix.frame_log_reading import LoggedFrame, frames_in
from gateway.fix.frame_names import named_fields
from gateway.fix.message import SOH
from gateway.fix.session import Session
from gateway.fix.session_control import ControlRefused, SessionControl
from gateway.fix.session_history import Ending
from gateway.fix.trade_disputes import TradeDispute
from gateway.http.problems import Problem
from gateway.http.session_views import (
    Disable,
    Enable,
    EndingView,
    FrameView,
    LogOut,
    News,
    Reset,
    SendAgain,
    SendTestRequest,
    SessionAction,
    SetNumbers,
)
from gateway.http.view import SessionView

DISABLED_FILE = "disabled.json"
"""Beside the sessions' logs: those whose logons the operator refuses."""

FRAMES_MAX = 100
"""Frames in one answer: naming their fields takes the matching loop about two milliseconds."""

_log = structlog.get_logger(__name__)


class SessionDesk:
    """What operators see and do."""

    def __init__(self, acceptor: Acceptor, control: SessionControl, audit: AuditLog) -> None:
        self._acceptor = acceptor
        self._control = control
        self._audit = audit
        self._auditing: set[asyncio.Task[None]] = set()
        acceptor.disputes.on_dispute = self._dispute

    def sessions(self, open_orders: Callable[[str], int]) -> list[SessionView]:
        """Every session, in the order of the settings; `open_orders` counts those of a session."""
        now = asyncio.get_running_loop().time()
        there = {name: one for name, one in self._acceptor.sessions.items() if not one.is_revoked}
        return [self._view(session, open_orders(name), now) for name, session in there.items()]

    def admit(self, session: Session) -> None:
        """Takes in a session that was added at run time, or before an operator's word on it was read."""
        self._control.admit(session)

    def history(self, comp_id: str) -> tuple[Sequence[EndingView], Sequence[EndingView]] | None:
        """The latest disconnects and refused logons, newest first; None where there is no such session."""
        session = self._acceptor.sessions.get(comp_id)
        return (_views(session.history.disconnects), _views(session.history.refusals)) if session is not None else None

    async def act(self, comp_id: str, name: str, action: SessionAction, who: str) -> None:
        """Does it and records who did. Raises `Problem`."""
        session = self._acceptor.sessions[comp_id]
        before, outcome = _standing(session), "done"
        problem: Problem | None = None
        try:
            self._do(session, action)
        except ControlRefused as refused:
            problem = Problem(HTTPStatus.CONFLICT, refused.name, f"{refused}.")
            outcome = f"refused: {refused}"
        except OSError as error:
            problem = Problem(HTTPStatus.INSUFFICIENT_STORAGE, "NOT_RECORDED", f"Nothing is done: {error}.")
            outcome = f"failed: {error}"
        entry = AuditEntry(
            who=who,
            action=name,
            session=comp_id,
            asked=msgspec.structs.asdict(action),
            outcome=outcome,
            before=before,
            after=_standing(session),
        )
        await self.record(entry)
        if problem is not None:
            raise problem

    async def tell(self, news: News, who: str) -> dict[str, str]:
        """Sends it and records who did; the sessions it went to, each with its state. Raises `Problem`."""
        sessions = self._acceptor.sessions
        told = {comp_id: str(sessions[comp_id].state) for comp_id in news.sessions or sessions}
        for comp_id in told:
            self._control.send_news(sessions[comp_id], news.text, news.urgency)
        await self.record(
            AuditEntry(
                who=who,
                action="news",
                session=" ".join(news.sessions) or "all",
                asked=msgspec.structs.asdict(news),
                outcome="done",
                before={},
                after={},
            )
        )
        return told

    def frames(self, session: str, cl_ord_id: str, after: int) -> Sequence[FrameView]:
        """The latest frames of a session, or of all, that came after a time; with a ClOrdID: those of its order."""
        log = self._acceptor.watch.frames
        if log is None:
            detail = "The frame log is switched off: fix.frame_log.enabled is false."
            raise Problem(HTTPStatus.NOT_FOUND, "NO_FRAME_LOG", detail)
        frames = [frame for frame in frames_in(log.recent()) if not session or frame.session == session]
        if cl_ord_id:
            chain = Chain(session, {cl_ord_id})
            chain.learn(lambda: frames)
            frames = [frame for frame in frames if chain.takes(frame)]
        return [_frame_view(frame) for frame in [one for one in frames if one.at > after][-FRAMES_MAX:]]

    async def close(self) -> None:
        """Waits until all is audited."""
        await asyncio.gather(*self._auditing)

    def _dispute(self, dispute: TradeDispute) -> None:
        entry = AuditEntry(
            who=f"FIX session {dispute.session}",
            action="dispute",
            session=dispute.session,
            asked=msgspec.structs.asdict(dispute),
            outcome="taken down; the trade stands",
            before={},
            after={},
        )
        task = asyncio.get_running_loop().create_task(self._audit_dispute(entry))
        self._auditing.add(task)
        task.add_done_callback(self._auditing.discard)

    async def _audit_dispute(self, entry: AuditEntry) -> None:
        try:
            await self._audit.record(entry)
        except OSError as error:
            _log.error("trade dispute not audited", problem=str(error), **msgspec.structs.asdict(entry))

    def _view(self, session: Session, open_orders: int, now_seconds: float) -> SessionView:
        traffic, endings = session.traffic, session.history.disconnects
        received_per_second, sent_per_second = traffic.per_second(now_seconds)
        return SessionView(
            comp_id=session.profile.comp_id,
            state=str(session.state),
            peer=self._acceptor.peer(session),
            next_in=session.next_in,
            next_out=session.log.next_out,
            last_received=session.last_received,
            open_orders=open_orders,
            last_disconnect=session.last_disconnect,
            last_disconnect_at=endings[-1].at if endings else 0,
            is_enabled=session.is_enabled,
            received=traffic.received,
            sent=traffic.sent,
            received_per_second=received_per_second,
            sent_per_second=sent_per_second,
            queued_bytes=self._acceptor.queued_bytes(session),
            is_resending=session.outbound.is_resending,
            is_test_request_pending=session.is_test_request_pending,
            garbled=traffic.garbled,
            rejects=traffic.rejects,
        )

    async def record(self, entry: AuditEntry) -> None:
        """Writes down what an operator did. Raises `Problem` where the audit log could not take it."""
        _log.info("operator's action", **msgspec.structs.asdict(entry))
        try:
            await self._audit.record(entry)
        except OSError as error:
            _log.error("operator's action not audited", problem=str(error), **msgspec.structs.asdict(entry))
            detail = f"The outcome is: {entry.outcome}. The audit log could not take it: {error}."
            raise Problem(HTTPStatus.INSUFFICIENT_STORAGE, "NOT_AUDITED", detail) from error

    def _do(self, session: Session, action: SessionAction) -> None:
        control = self._control
        match action:
            case LogOut(reason=reason):
                control.log_out(session, reason)
            case SendTestRequest():
                control.send_test_request(session)
            case SendAgain(begin=begin, end=end):
                control.send_again(session, begin, end)
            case SetNumbers(next_in=next_in, next_out=next_out, force=force):
                control.set_numbers(session, next_in, next_out, force=force)
            case Disable(reason=reason):
                control.disable(session, reason)
            case Enable():
                control.enable(session)
            case Reset():
                control.reset(session)
            case _:
                assert_never(action)


def build_desk(folder: DataPaths, acceptor: Acceptor, stack: AsyncExitStack) -> SessionDesk:
    """The desk of an exchange. Raises `DataFolderError` when what it keeps in the folder cannot be read."""
    disabled = folder.fix / DISABLED_FILE
    try:
        control = SessionControl(acceptor.sessions, acceptor.received, disabled)
        audit = AuditLog(folder.audit)
    except (OSError, ValueError) as error:
        raise DataFolderError(f"the operator's files can't be used: {error}") from error
    stack.callback(audit.close)
    desk = SessionDesk(acceptor, control, audit)
    stack.push_async_callback(desk.close)
    return desk


def _standing(session: Session) -> dict[str, object]:
    return {
        "state": str(session.state),
        "next_in": session.next_in,
        "next_out": session.log.next_out,
        "is_enabled": session.is_enabled,
    }


def _views(endings: Iterable[Ending]) -> list[EndingView]:
    return [EndingView(ending.at, ending.peer, ending.reason) for ending in endings][::-1]


def _frame_view(frame: LoggedFrame) -> FrameView:
    return FrameView(
        at=frame.at,
        direction={RECEIVED: "in", SENT: "out"}.get(frame.direction, "note"),
        session=frame.session,
        peer=frame.peer,
        text=frame.text.replace(SOH, "|"),
        note=frame.note,
        fields=() if frame.is_note else named_fields(frame.text),
    )
