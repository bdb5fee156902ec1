"""Where own data tells of each table about persons, or why it does not: checked at the start, as the policy is."""

from collections.abc import Iterator, Mapping
from typing import Final

from django.core import checks

from privacy.policy import Erased, Kind, said

#: By section of own data, the tables whose rows stand in it.
TOLD: Final[Mapping[str, str]] = {
    "identity": "accounts.User accounts.Person",
    "log_in": "account.EmailAddress mfa.Authenticator socialaccount.SocialAccount",
    "devices": "usersessions.UserSession",
    "preferences": "notifications.Preference",
    "roles": "accounts.Membership accounts.Contact engagements.Engagement engagements.Participation"
    " engagements.CoSupervisor engagements.Contract engagements.ContractParty",
    "attendance": "supervision.Session",
    "signatures": "engagements.SignatureRequest engagements.Signature engagements.Proposal reports.Acknowledgement"
    " reports.Recipient reports.Report reports.Answer",
    "goals": "engagements.Goal supervision.Progress",
    "tasks": "supervision.Task supervision.TaskAnswer supervision.AnswerFile supervision.AnswerComment",
    "shared": "supervision.MemoAddition supervision.AgendaItem supervision.BoardEntry reports.Remark",
    "diary": "supervision.DiaryEntry",
    "sub_groups": "engagements.SubGroup",
    "themes": "supervision.ThemeProposal supervision.ThemeSupport",
    "times": "supervision.TimeAnswer",
    "evaluations": "evaluations.Response evaluations.Invitation",
    "portfolio": "portfolio.Training portfolio.Standing portfolio.Experience portfolio.Spoken portfolio.Guideline"
    " portfolio.Commitment portfolio.LogEntry portfolio.KeptFile portfolio.Choice",
    "cases": "portfolio.Case",
    "duties": "privacy.DutyReport",
    "work": "supervision.WorkingTime supervision.WorkingHours supervision.BusyCalendar supervision.Feed"
    " supervision.CalendarMail vault.VaultKey",
    "imports": "transfer.ImportBatch",
    "holds": "privacy.Hold",
    "messages": "notifications.Message",
    "reads": "audit.Entry",
    "requests": "privacy.DataRequest",
}
#: Why a table has no section: the reason, and the tables.
ELSEWHERE: Final[Mapping[str, str]] = {
    "a supervisor's own notes: the page says how one asks about them": "supervision.Note supervision.NoteVersion"
    " vault.TextKey vault.TextKeyWrap",
    "written for all who are in the process, who read it there; it may tell of others (GDPR 15(4))": "supervision.Memo"
    " supervision.MemoVersion supervision.Offer engagements.GoalLevels evaluations.AgreedChange reports.Revision"
    " reports.Handover engagements.Event documents.Attachment documents.AttachmentContent documents.SealedFile",
    "bytes of what is named in its section, or a key, hash or wrap that tells nothing": "portfolio.KeptContent"
    " supervision.AnswerFileContent transfer.ImportFile account.EmailConfirmation engagements.SigningLink"
    " evaluations.Link evaluations.Draft vault.Wrap vault.ContentKey socialaccount.SocialToken audit.Head"
    " vault.Erasure",
    "ends by itself within a day, and stands in the list of devices": "sessions.Session vault.Opening vault.Tries",
    "details of a business, agreed with it": "accounts.Practice accounts.ClientOrganisation privacy.DataContact"
    " billing.Basis billing.Line billing.Trip supervision.Fee",
    "who did a step stands with the step, in the process": "supervision.Series supervision.PhaseByHand"
    " supervision.AnswerRead reports.ReadUpTo evaluations.Round evaluations.Version evaluations.Crowd"
    " evaluations.YearTotals"
    " supervision.NoteTemplate transfer.Receiver supervision.Booking",
    "to an address that has no account here": "accounts.Invitation",
    "of administrators alone, who read it in the administration": "admin.LogEntry",
    "says of nobody by name what happened": "privacy.IncidentVersion",
    "an id in passing, of somebody who is in no process any more: gone by night": "privacy.Loose",
}


def sections() -> dict[str, str]:
    """Return by table the section that tells of it."""
    return {table: section for section, tables in TOLD.items() for table in tables.split()}


def told_elsewhere() -> frozenset[str]:
    return frozenset(table for tables in ELSEWHERE.values() for table in tables.split())


def every_table_is_told(app_configs: object = None, **_: object) -> list[checks.CheckMessage]:
    return list(findings(said()))


def findings(rules: Mapping[str, Mapping[str, object]]) -> Iterator[checks.CheckMessage]:
    """Yield an error for each table about persons that stands nowhere here, and each here that no policy knows."""
    of_persons = {
        table
        for table, fields in rules.items()
        if any(isinstance(kind, Kind) and kind.erased is not Erased.NOBODY for kind in fields.values())
    }
    known = sections().keys() | told_elsewhere()
    hint = "Say in privacy/own/told.py in which section own data tells of it, or why it does not."
    for table in sorted(of_persons - known):
        yield checks.Error(f"Own data does not tell of {table}.", hint=hint, id="privacy.E003")
    for table in sorted(known - of_persons):
        yield checks.Error(f"Own data names {table}, of which the policy says nothing.", hint=hint, id="privacy.E004")
