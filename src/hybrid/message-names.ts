// Names of messages: which read like a request, which like a fact; what could be either is neither.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/u));

/** End in `ed` and are no participles. */
const NOT_PAST = words(`
  bed bleed breed creed deed embed exceed feed greed heed hundred indeed med naked need proceed red reed sacred seed
  shed shred sled speed succeed wed weed zed
`);

/** Participles without `ed` that are not the base form as well, like `put` and `set`. */
const PAST = words(`
  beaten begun bitten born bought broken brought built caught chosen dealt done drawn driven eaten fallen fed felt
  forgotten found frozen given gone gotten grown held hidden kept known laid left lent lost made meant met overpaid
  overridden paid prepaid redone repaid resent resold rewritten risen said seen sent shaken shipped shown sold spent
  spoken stolen swept sworn taken taught thrown told torn undone unpaid withdrawn withheld won worn written
`);

/** A command may begin with any of these and end in a participle: `mark-paid`, `set-closed`. */
const VERBS = words(`
  accept add adjust allow amend announce append apply approve archive ask assign attach authorize auto begin block
  book bring build bulk buy calculate call cancel capture change charge chase check claim clear close collect commit
  compare complete compute confirm consume convert copy count create credit cut deactivate debit decide declare
  decline deduct define delete deliver deny deposit describe detach detect disable discard dispatch display do
  double draw drop edit email emit enable end enforce enroll enter escalate estimate evaluate execute expect expire
  export extend fail fetch file fill filter find finish fix flag force forget forward freeze fulfill generate get
  give grant group handle have hide hold ignore import include increase inform initiate insert inspect invite invoke
  issue join keep kick label leave let limit link list load lock log look mail make manage mark mass match measure
  merge move name note notify nudge offer open override pack pause pay perform persist pick place plan post prepare
  prevent print process produce prompt protect provide provision publish pull purge push put query queue quote raise
  read rebuild recalculate receive recheck record recover reduce refresh refund refuse register reject release
  reload remember remind remove rename render renew reopen reorder repair replace replenish reply report request
  require reschedule resend reserve reset resolve restart restock restore resume retire retry return review revoke
  rollback run save scan schedule score screen search select send serve set settle share ship show sign skip
  snapshot sort split start stop store submit suspend sync tag take tell terminate test toggle track transfer
  trigger try turn undo unlock unmark unset update upload use void wait warn watch withdraw withhold write
`);

/** Nothing else than a request where it stands alone. */
const REQUESTS = words(`
  accept acknowledge activate add adjust allocate append apply approve assign authenticate authorise authorize bake
  begin buy calculate cancel charge collect compute confirm consume create deactivate deduct delete deliver deny
  disable emit enable enroll escalate evaluate execute fetch generate get give identify inform initiate invoke make
  modify notify pay persist place prepare publish receive reject remind remove rename reorder replenish reschedule
  reserve restore retrieve revoke sell send settle ship submit suspend take terminate unblock unfreeze unlock unpack
  validate verify withdraw
`);

/** Begin names of things as well: `charge-rate`, `pay-day`. With these behind them they are requests. */
const NOUNS = words('charge pay place ship');
const OBJECTS = words('account bid bill card customer goods invoice order orders parcel payment supplier tax');

/** Whatever comes before it, it is something that happened or is. */
const OUTCOMES = words(`
  attempt back completion count error event failure id limit list number out queue rate request response result slip
  status success time timeout total
`);

/** Whoever only looks may do so twice. */
const QUESTIONS = words(`
  ask assess audit calculate check compute count estimate evaluate fetch find get inspect list log look lookup preview
  price query quote read review score screen search show track validate verify
`);
/** So may who tells somebody something: each has something else to say. */
const TELLING = words('email inform mail notify ping');
/** They leave nothing to undo. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...QUESTIONS,
  ...TELLING,
  'announce',
  'print',
  'remind',
  'render',
  'warn',
]);
const LETTERS = words(`
  confirmation email emails letter letters mail mails message messages notice notification notifications push receipt
  reminder report sms text
`);

/** Events that only say that there is something new. */
const CHANGES = words('changed modified updated');
const VAGUE = words('data detail details progress state status');

/** A command that reads as if it had happened: `payment.charged`, `payment.card-charged`. */
export function isNamedLikeFact(type: string): boolean {
  const [first = '', ...rest] = wordsOf(type);
  const last = rest.at(-1) ?? first;
  return isPast(last) && !(rest.length > 0 && isVerb(first));
}

/** An event that reads as if somebody was asked: `order.place`, `order.place-order`. */
export function isNamedLikeRequest(type: string): boolean {
  const all = wordsOf(type);
  const [first = '', ...rest] = all;
  if (!REQUESTS.has(first) || all.some(isPast)) return false;
  const last = rest.at(-1);
  if (last === undefined) return true;
  return !OUTCOMES.has(last) && (!NOUNS.has(first) || OBJECTS.has(last));
}

/** A command or task that by its name changes nothing. */
export function leavesNothing(name: string): boolean {
  return HARMLESS.has(wordsOf(name)[0] ?? '') || sendsLetter(name);
}

/** A command that several may send in one flow, each for itself: `credit.check`, `mail.send`. */
export function isForMany(type: string): boolean {
  const [first = ''] = wordsOf(type);
  return QUESTIONS.has(first) || TELLING.has(first) || sendsLetter(type);
}

/** `send-receipt`; `mail.send` names the letter before the verb. */
function sendsLetter(name: string): boolean {
  const [first, ...rest] = wordsOf(name);
  const sent = rest.length > 0 ? rest : wordsOf(name.split('.').slice(0, -1).join('.'));
  return first === 'send' && sent.some(word => LETTERS.has(word));
}

/** `order.updated`, `order.status-changed`: whatever a part does, it says so by the same event. */
export function isAnyChange(type: string): boolean {
  const [last = '', before] = wordsOf(type).toReversed();
  return CHANGES.has(last) && (before === undefined || VAGUE.has(before));
}

/** The words of the last segment, in lower case; a version behind it is none. */
function wordsOf(type: string): readonly string[] {
  const segments = type.split('.').filter((segment, index) => index === 0 || !/^v?\d+$/iu.test(segment));
  const last = segments.at(-1) ?? '';
  return last
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/gu, '-')
    .toLowerCase()
    .split(/[-_]+/u)
    .filter(word => word !== '');
}

function isPast(word: string): boolean {
  return PAST.has(word) || (/^[a-z]{2,}ed$/u.test(word) && !NOT_PAST.has(word));
}

const isVerb = (word: string): boolean =>
  [word, word.replace(/^re/u, '')].some(verb => VERBS.has(verb) || REQUESTS.has(verb) || HARMLESS.has(verb)) ||
  /(?:[iy]fy|[iy][sz]e|ate)$/u.test(word);
