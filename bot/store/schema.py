"""The tables: one schema for SQLite and PostgreSQL. Times are UTC epoch milliseconds.

A change here needs a migration in `migrations/versions/` and its name in `HEAD`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    text,
    true,
)

from bot.store.sql import PlainText as Text

HEAD = "0001"  # the newest revision; start-up compares it without importing Alembic

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Id = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself on SQLite
Ms = BigInteger


def _text(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _number(name: str) -> Column[int]:
    return Column(name, Ms, nullable=False, server_default="0")


feeds = Table(
    "feeds",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seeded_at", Ms),
    Column("complete_at", Ms),  # when the last complete poll began
    _number("failures"),
    Column("failure", Text),  # why the last poll was not complete
    _number("next_poll_at"),
    Column("refreshed_at", Ms),  # when the older listed days were last read again
)

fetches = Table(
    "fetches",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("url", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
)

papers = Table(
    "papers",
    metadata,
    Column("id", Text, primary_key=True),
    _text("title"),
    _text("abstract"),
    Column("authors", JSON, nullable=False),
    Column("organization", Text),
    Column("published_on", Text),  # a calendar date, YYYY-MM-DD
    Column("submitted_at", Ms),
    _number("upvotes"),
    _number("comments"),
    _number("stars"),
    Column("keywords", JSON, nullable=False),
    Column("ai_summary", Text),
    Column("code_url", Text),
    Column("project_url", Text),
    Column("thumbnail", Text),
    Column("stored_at", Ms, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("paper_id", Text, ForeignKey("papers.id"), primary_key=True),
    Column("day", Text, nullable=False),
    Column("first_seen_at", Ms, nullable=False),
    Column("last_seen_at", Ms, nullable=False),
    Column("news", Boolean, nullable=False, server_default=true()),  # a poll found it new; not the past
    Index(None, "day"),
    Index(None, "first_seen_at"),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("parked_reason", Text),
    Column("parked_at", Ms),
    _number("next_post_at"),
    Column("gone_at", Ms),
    UniqueConstraint("platform", "key"),
)

channels = Table(
    "channels",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace_id", Id, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    _text("name"),
    _text("zone", "UTC"),
    Column("announce", Boolean, nullable=False, server_default=true()),
    _text("style", "full"),
    Column("options", JSON, nullable=False),
    _number("last_number"),  # the highest subscription number ever given here
    Column("paused_at", Ms),
    Column("parked_reason", Text),
    Column("parked_at", Ms),
    Column("checked_at", Ms),  # when a parked channel was last tried
    _number("freed"),  # how often its platform said that it takes posts, whatever was before
    _number("next_post_at"),
    Column(
        "backs_off", Boolean, nullable=False, server_default=false()
    ),  # until then a failed try of ours holds it
    _number("budget_full_at"),  # when the bucket of messages is full again
    UniqueConstraint("workspace_id", "key"),
    sqlite_autoincrement=True,  # a number is never used again: a running bot remembers some
)

queries = Table(
    "queries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("canonical", Text, nullable=False, unique=True),
    Column("sequence", Id, nullable=False),  # of the last change to a subscription that asks it
    Index(None, "sequence"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace_id", Id, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("channel_id", Id, ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("query_id", Id, ForeignKey("queries.id"), nullable=False),
    Column("words", Text, nullable=False),  # the query as its people put it: what they are shown
    Column("options", JSON, nullable=False),
    Column("created_at", Ms, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("paused_at", Ms),
    Column("removed_at", Ms),
    UniqueConstraint("channel_id", "number"),
    Index(None, "query_id"),
    Index(None, "workspace_id"),
    Index(
        "uq_subscriptions_live_query",  # the same query twice in a channel would only be noise
        "channel_id",
        "query_id",
        unique=True,
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sequence", Id, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace_id", Id, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("channel_id", Id, ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("batch", Text),
    Column("together", Text),  # rows that share it leave as one message
    _number("attempts"),
    _number("due_at"),
    Column("first_tried_at", Ms),  # of its batch
    Column("tried_at", Ms),
    Column("lease_until", Ms),
    Column("as_text", Boolean, nullable=False, server_default=false()),
    Column("asked_by", Text),
    Column("planned_at", Ms, nullable=False),
    Column("sent_at", Ms),
    Column("payload", JSON),
    Column("message", Text),  # the adapter's reference to what it posted
    Column("error", Text),
    UniqueConstraint("channel_id", "kind", "subject"),
    Index(None, "batch"),
    Index(None, "workspace_id"),  # this and the like: a workspace that is forgotten reads no whole table
    Index(
        "ix_deliveries_open",  # what is not settled is little, however long the record
        "channel_id",
        "due_at",
        "id",
        sqlite_where=text("state IN ('pending', 'sending')"),
        postgresql_where=text("state IN ('pending', 'sending')"),
    ),
)

delivery_matches = Table(
    "delivery_matches",
    metadata,
    Column("delivery_id", Id, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("subscription_id", Id, ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True),
    Column("wanted", Boolean, nullable=False, server_default=true()),  # not after an edit that drops it
    Column("matched", Text),  # the evidence: the query that brought it, in the words of when it left
    Index(None, "subscription_id"),
)

presses = Table(
    "presses",
    metadata,
    Column("key", Text, primary_key=True),
    Column("line", Text, nullable=False),
    Column("used_at", Ms, nullable=False),
    Index(None, "used_at"),
)

adapter_state = Table(
    "adapter_state",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("expires_at", Ms),
    Index(None, "expires_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Ms, nullable=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("channel_id", Id, ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("subscription_id", Id, ForeignKey("subscriptions.id", ondelete="CASCADE")),
    Column("who", Text, nullable=False),
    Column("who_name", Text, nullable=False),
    Column("what", Text, nullable=False),  # subscribe, unsubscribe, edit, ping, pause, resume, undo, settings
    Column("before", Text),
    Column("after", Text),
    Index(None, "channel_id", "at"),
    Index(None, "subscription_id"),
    Index(None, "workspace_id"),
)
