"""Business rules: each limit, price and threshold once, with its unit in its name.

SQL functions get these values as parameters and texts interpolate them, so that each rule is defined once.
Rate limits are in ``services.limits``; tuning constants that no user notices stay in the module that uses them.
"""

# --- Purchases ---
# Long enough to notice a mistake; a purchase with a download is never refunded, whatever its age.
REFUND_HOURS = 24
# Applied to new sales; a purchase stores the share it was sold under, so that its bookings can be audited later.
SELLER_SHARE_PERCENT = 80
PLATFORM_FEE_PERCENT = 100 - SELLER_SHARE_PERCENT
MAX_PRICE_TOKENS = 2_000
# Suggested price of the broadcast licence, as a multiple of the standard price.
BROADCAST_PRICE_FACTOR = 3
MAX_BROADCAST_PRICE_TOKENS = 10 * MAX_PRICE_TOKENS
MAX_TOP_UP_TOKENS = 1_000

# --- Payouts ---
# Below it, transfer fees would be too large a part. Sales count once they can no longer be refunded.
MIN_PAYOUT_TOKENS = 100
MAX_PAYOUT_DESTINATION_CHARACTERS = 200

# --- Licences ---
# The binding text is a frozen file that states these limits too; a test compares them. New limits need a new text version.
STANDARD_LICENCE_STREAMS = 500_000
STANDARD_LICENCE_COPIES = 5_000
LICENCE_NUMBER_PREFIX = "AC-"
FIRST_LICENCE_NUMBER = 10_001

# --- Clients ---
# A session ends after this time without use, and in any case after SESSION_DAYS.
SESSION_IDLE_DAYS = 14
# Limits of one client address, which hundreds of people in a school or an office may share.
SOCKETS_PER_ADDRESS = 1_200
REQUESTS_PER_ADDRESS = 300
API_REQUESTS_PER_SECOND_OF_ADDRESS = 60
API_REQUEST_BURST_OF_ADDRESS = 600
# Delay of the refusal of a request beyond these limits, and how many can be delayed at once; others are refused immediately.
REFUSED_REQUEST_SECONDS = 0.5
REFUSED_REQUESTS_HELD_OF_ADDRESS = 300
EVENTS_PER_SECOND_OF_ADDRESS = 60
EVENT_BURST_OF_ADDRESS = 300
EVENTS_PER_SECOND_OF_SOCKET = 15
EVENT_BURST_OF_SOCKET = 60

# --- Analysis ---
# Tempo and key at or above this confidence are shown, filed and searched as sure; below it the creator is asked to check.
SURE_CONFIDENCE = 0.6
# The analyser is calibrated for about 97 % right answers at this confidence (docs/analysis.md has what was measured); reports call them very sure.
VERY_SURE_CONFIDENCE = 0.8
STEADY_TEMPO_SHARE = 0.01  # by which the tempo of a steady sound may vary, as human timing does

# --- Uploads ---
MAX_FILE_BYTES = 200 * 2**20
MAX_PACK_BYTES = 2**30
MAX_SOUND_SECONDS = 30 * 60
MAX_PACK_SOUNDS = 500
MAX_ZIP_ENTRIES = 2_000
MAX_COVER_BYTES = 20 * 2**20
COVER_TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif")
MAX_PACK_TAGS = 12
MAX_RELEASE_DELAY_DAYS = 180
# A discarded draft can be restored for this long; then it is deleted with its sounds.
DRAFT_UNDO_MINUTES = 60
# Name endings that an uploaded sound may have, and the formats as sentences name them.
SOUND_EXTENSIONS = ("wav", "wave", "aif", "aiff", "flac", "mp3", "ogg", "oga", "opus", "m4a")
SOUND_FORMATS = "WAV, AIFF, FLAC, MP3, Ogg, Opus or M4A"
UPLOAD_QUOTA_BYTES = 4 * 2**30
UPLOAD_QUOTA_FILES = 2_000
# A sound that is only searched with is decoded in the request, so it is smaller than one that is sold.
MAX_QUERY_SOUND_BYTES = 50 * 2**20
# Analysed length of a query sound: two minutes contain the loop, and take a second of processor time.
QUERY_SOUND_SECONDS = 120
MAX_RECORDING_SECONDS = 30

# --- Assistant ---
MAX_QUESTION_CHARACTERS = 12_000
MAX_QUESTION_DOCUMENTS = 10
MAX_DOCUMENT_BYTES = 20 * 2**20
MAX_AUDIO_DOCUMENT_BYTES = 50 * 2**20
DOCUMENT_QUOTA_BYTES = 500 * 2**20
DOCUMENT_QUOTA_FILES = 200
TEMPORARY_CONVERSATION_HOURS = 24
CONVERSATION_UNDO_MINUTES = 10

# --- Memory ---
MAX_MEMORIES = 2_000  # observations of a member, facts included
MAX_MEMORY_ENTITIES = 500
MAX_MEMORY_RELATIONS = 1_000
MAX_MEMORY_CHARACTERS = 1_000
MAX_MEMORY_NAME_CHARACTERS = 200
MAX_MEMORY_IMPORT_BYTES = 2 * 2**20
MAX_MCP_BODY_BYTES = 2**20
MEMORY_UNDO_MINUTES = 10
MEMORY_HISTORY_DAYS = 365
# A conversation is inactive, and is summarised, after this long without a message.
CONVERSATION_REST_MINUTES = 15
# Conversations that are inactive for longer are not summarised, and their open points are not suggested.
MAX_REST_DAYS = 30
OPEN_POINT_DAYS = 14

# --- Taste ---
# What one event weighs on the day it happens. A play counts up to one at TASTE_FULL_PLAY_SECONDS; a search counts once an hour.
TASTE_WEIGHTS: dict[str, float] = {
    "play": 1.0,
    "replay": 1.5,
    "skip": -0.4,
    "like": 3.0,
    "search": 0.5,
    "download": 3.0,
    "purchase": 5.0,
    "refund": -5.0,
    "dismissal": -2.0,
    "fact": 4.0,
    "chat": 0.5,
    "import": 1.0,
}
TASTE_FULL_PLAY_SECONDS = 30.0
# A sound of at least this length that is left before MIN_HEARD_SECONDS was skipped.
TASTE_SKIPPABLE_SECONDS = 6.0
MIN_HEARD_SECONDS = 3.0
# A signal that is this old weighs less than a thousandth and is deleted.
TASTE_KEPT_HALF_LIVES = 12
TASTE_UNDO_MINUTES = 10
MAX_TASTE_IMPORT_BYTES = 2**20
MAX_TASTE_IMPORT_ROWS = 5_000
MAX_TASTE_CORRECTIONS = 200
MAX_INSPECTION_REASON_CHARACTERS = 200
# Recommendations: how many are kept for a member, and every how many places one explores.
RECOMMENDATIONS_KEPT = 100
EXPLORATION_EVERY = 5
IMPRESSION_DAYS = 7  # within which an opening, play or purchase counts for the recommendation

# --- Comments, ratings, reports ---
MAX_COMMENT_CHARACTERS = 1_000
MAX_REPLIES = 100  # to one comment
COMMENT_UNDO_MINUTES = 10
MAX_MENTIONS = 5  # members that one comment notifies
# New accounts have lower limits; only older ones that have bought or published something may post links.
NEW_MEMBER_HOURS = 24
TRUSTED_AFTER_DAYS = 7
MIN_VOTES = 3  # before an average is shown
MIN_RATED_SECONDS = 30  # of listening before a member who has not bought may rate
# Prior of the Bayesian average of "top rated": a number of votes with this many stars.
RATING_PRIOR_VOTES = 5
RATING_PRIOR_STARS = 3.5
MAX_REVIEW_CHARACTERS = 2_000
MAX_BLOCKS = 1_000
MAX_REPORT_CHARACTERS = 1_000
REPORTS_TO_HIDE = 6  # distinct reporters; one whose reports were dismissed before counts less
REPORTER_DAYS = 7  # age from which an account's reports hide; those of a younger one only reach the moderators

# --- Rewards ---
DAILY_TOKENS = 1
STREAK_LENGTH_DAYS = 7  # each such day of a streak brings STREAK_TOKENS instead
STREAK_TOKENS = 5
GRACE_EVERY_DAYS = 7  # one missed day in this many is forgiven
REFERRAL_TOKENS = 10  # for each of the two members
REFERRAL_SPENT = 50  # bought tokens that the friend has to spend first, so that fake accounts do not pay off
MAX_REFERRALS_A_MONTH = 10
CHALLENGES_A_WEEK = 3
# Maximum tokens a month from daily rewards and challenges: a base for everyone, plus one for each number spent in the window.
MONTHLY_REWARD_TOKENS = 1
TOKENS_SPENT_PER_REWARD = 200
TIER_WINDOW_DAYS = 90
TIER_BACK_DAYS = 30  # after a purchase, within which bonus tokens come back once it is final
MIN_FINISHED_ITEMS = 5  # of a collection that counts as finished
BONUS_DAYS = 365  # after which bonus tokens expire
BONUS_WARNING_DAYS = 14
REFERRAL_COOKIE_DAYS = 30
REWARD_COST_DAYS = 30  # over which operators see what rewards cost

# --- Community ---
MAX_COLLECTIONS = 200
MAX_COLLECTION_ITEMS = 500
MAX_COLLABORATORS = 20
MAX_COLLECTION_TITLE_CHARACTERS = 80
MAX_COLLECTION_TEXT_CHARACTERS = 500
MAX_NOTE_CHARACTERS = 200
MAX_FEATURED_PACKS = 6
MAX_ADDRESS_CHANGES = 3
MIN_ADDRESS_CHARACTERS = 3
# Public sales of a creator: the highest band that was reached.
SALES_BANDS = (10, 50, 100, 500, 1_000, 5_000)
MAX_FOLLOWS = 2_000
# A new follow brings the latest events of what is followed; older ones leave all feeds.
FEED_BACKFILL = 20
FEED_DAYS = 180
DIGEST_DAYS = 7
DIGEST_LINES = 20

# --- Moderation ---
CLAIM_HOURS = 24  # after which a claimed item is free again
CLAIM_LONG_HOURS = 4  # after which it is listed as claimed for too long
OVERDUE_HOURS = 48
DECISION_UNDO_MINUTES = 10
MAX_BULK_DECISIONS = 25
MAX_MODERATION_CHARACTERS = 1_000
MAX_TEMPLATES = 50
MAX_APPEAL_CHARACTERS = 2_000
APPEAL_DAYS = 30
# A creator with so many packs on sale is trusted, unless a decision went against them in this time.
TRUSTED_AFTER_PACKS = 10
TRUST_CLEAN_DAYS = 90
MAX_NOTICE_CHARACTERS = 2_000

# --- Administration ---
MAX_SUSPENSION_DAYS = 3_653
MAX_ANNOUNCEMENT_CHARACTERS = 300
MAX_ANNOUNCEMENT_DAYS = 60
MAX_SYNONYM_CHARACTERS = 40
MAX_TERM_CHARACTERS = 60
MIN_TERM_TEXT_CHARACTERS = 40
MAX_TERM_TEXT_CHARACTERS = 1_200
MAX_TERM_NAMES = 12
JOB_FAILURE_DAYS = 90
SEARCH_WORDS_SHOWN_FROM = 3  # searches with the same words, before administrators see them
INCOMPLETE_DRAFT_DAYS = 3

# --- Feedback ---
MAX_FEEDBACK_CHARACTERS = 2_000

# --- Knowledge ---
MAX_ARTIST_REPORT_CHARACTERS = 300
# The subject of an unanswered question is shown to the authors of the glossary once this many members asked about it.
UNANSWERED_SHOWN_FROM_MEMBERS = 3
UNANSWERED_DAYS = 90

# --- Accounts ---
MIN_PASSWORD_CHARACTERS = 8
MAX_PASSWORD_CHARACTERS = 128
MAX_DISPLAY_NAME_CHARACTERS = 60
MAX_BIO_CHARACTERS = 1_000
MAX_PROFILE_LINKS = 5
MAX_LINK_CHARACTERS = 200
PASSWORD_RESET_MINUTES = 10
CONFIRMATION_MINUTES = 60
PASSWORD_RESET_PAUSE_SECONDS = 300  # a link that was mailed within this time still works
# Wrong passwords for one account within an hour, from all addresses: from then on attempts wait, and its owner gets a mail.
SIGN_IN_FAILURES_UNDELAYED = 10
SIGN_IN_FAILURES_TOLD = 10
MAX_SIGN_IN_DELAY_SECONDS = 8.0
WELCOME_TOKENS = 5
DEMO_DOMAIN = "@askchopper.test"
TOKEN_DAYS = (30, 90, 365)
# Signing in this recently counts as proof for what outlives the session, such as an access token.
RECENT_SIGN_IN_MINUTES = 15
PROVIDER_LOGIN_MINUTES = 10
SECOND_STEP_MINUTES = 10
RECOVERY_CODES = 10
# Notification mails: notifications still unread after a pause are sent in one mail; old ones are never mailed.
MAIL_PAUSE_MINUTES = 10
MAIL_INTERVAL_MINUTES = 60
MAIL_OLDEST_HOURS = 24
MAIL_MAX_LINES = 20
# Within this time, a member who signs in can cancel the deletion.
DELETION_GRACE_DAYS = 7
DELETED_MEMBER = "Deleted member"
EXPORT_DAYS = 3
MAX_EXPORT_BYTES = 2**30  # of files; what does not fit is listed in the export

# --- Analytics ---
# Retention of events; the figures aggregated from them are kept.
ANALYTICS_EVENT_MONTHS = 13
# A visitor's hash can be computed for two days, so that a purchase can be attributed to an earlier visit.
VISITOR_SALT_DAYS = 2
ATTRIBUTION_HOURS = 24
# A play of at least this share of the length counts as complete.
COMPLETE_SHARE = 0.8
# Smaller groups could identify a listener.
MIN_AUDIENCE_GROUP = 5
AUDIENCE_DAYS = 90
MAX_ANALYTICS_DAYS = 366
# Search terms kept per creator or pack and day; all others are added up.
SEARCH_TERMS_KEPT = 50
MIN_NEAR_TERM_SHOWN = (
    5  # impressions before an unsuccessful term is listed, so that it does not reveal one person's search
)
# Minimum numbers of events before advice is given.
ADVICE_PLAYS = 20
ADVICE_STOPS = 10
ADVICE_SHOWN = 300
ADVICE_TERM_SHOWN = 20
ADVICE_HEARD_SHARE = 0.02
ADVICE_STOP_SHARE = 0.3
MAX_VIEWED_IDS = 200  # that one report of a page may name


def platform_fee_tokens(price_tokens: int, seller_share_percent: int) -> int:
    """Return the platform fee on a price, rounded down; the SQL function ``platform_fee`` computes the same."""
    return price_tokens * (100 - seller_share_percent) // 100


def megabytes(size_bytes: int) -> str:
    """Format a size limit for a sentence: ``200 MB``."""
    return f"{size_bytes >> 20} MB"
