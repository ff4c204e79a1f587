/**
 * What the specification asks of us and we claim: one row per requirement, in our own words, each
 * with its section. A test stands for a row by opening its title with the row's id;
 * `requirements.test.ts` fails while a row has none.
 *
 * Ids are ours: H for the revisions with a handshake, M for 2026-07-28, D for serving both at one
 * URL, R for what a module asks of a token, A for the authorization server, S for attacks, X for
 * extensions and what is published beside the protocol. A row that restates a duty of clients says
 * what a server sees of it.
 *
 * @module
 */
export interface Requirement {
  id: string
  text: string
  /** The section of the specification that asks for it, or that makes it necessary. */
  link: string
  /**
   * `tested`: the tests that cite it show that it holds. `not yet`: what it is about is not
   * offered, and the tests that cite it show that nothing says it is.
   */
  status: 'tested' | 'not yet'
}

const SPECIFICATION = 'https://modelcontextprotocol.io/specification'
const HTTP_2025 = `${SPECIFICATION}/2025-11-25/basic/transports`
const LIFECYCLE = `${SPECIFICATION}/2025-11-25/basic/lifecycle`
const BASIC_2025 = `${SPECIFICATION}/2025-11-25/basic/index`
const TOOLS_2025 = `${SPECIFICATION}/2025-11-25/server/tools`
const UTILITIES_2025 = `${SPECIFICATION}/2025-11-25/basic/utilities`
const HTTP_2026 = `${SPECIFICATION}/2026-07-28/basic/transports/streamable-http`
const BASIC_2026 = `${SPECIFICATION}/2026-07-28/basic/index`
const TOOLS_2026 = `${SPECIFICATION}/2026-07-28/server/tools`
const LISTENING = `${SPECIFICATION}/2026-07-28/basic/patterns/subscriptions`
const ROUND_TRIPS = `${SPECIFICATION}/2026-07-28/basic/patterns/mrtr`
const ASKING_2025 = `${SPECIFICATION}/2025-11-25/client/elicitation`
const ASKING_2026 = `${SPECIFICATION}/2026-07-28/client/elicitation`
const CACHING = `${SPECIFICATION}/2026-07-28/server/utilities/caching`
const VERSIONING = `${SPECIFICATION}/2026-07-28/basic/versioning`
const AUTHORIZATION = `${SPECIFICATION}/2026-07-28/basic/authorization/index`
const DISCOVERY = `${SPECIFICATION}/2026-07-28/basic/authorization/authorization-server-discovery`
const REGISTRATION = `${SPECIFICATION}/2026-07-28/basic/authorization/client-registration`
const OAUTH_SECURITY = `${SPECIFICATION}/2026-07-28/basic/authorization/security-considerations`
const PRACTICES =
  'https://modelcontextprotocol.io/docs/2026-07-28/tutorials/security/security_best_practices'
const TASKS_2025 = `${SPECIFICATION}/2025-11-25/basic/utilities/tasks`
const REGISTRY = 'https://modelcontextprotocol.io/registry'
const APPS =
  'https://github.com/modelcontextprotocol/ext-apps/blob/main/specification/2026-01-26/apps.mdx'
const RFC = 'https://datatracker.ietf.org/doc/html/rfc'

const tested = (id: string, link: string, text: string): Requirement => ({
  id,
  text,
  link,
  status: 'tested',
})
const notYet = (id: string, link: string, text: string): Requirement => ({
  id,
  text,
  link,
  status: 'not yet',
})

const handshake: Requirement[] = [
  tested(
    'H-01',
    `${HTTP_2025}#streamable-http`,
    'One path takes POST and GET; a GET opens an event stream or is answered 405.',
  ),
  tested(
    'H-02',
    `${HTTP_2025}#security-warning`,
    'The Origin of every connection is checked before anything is done for it.',
  ),
  tested(
    'H-03',
    `${HTTP_2025}#security-warning`,
    'An Origin that is not allowed gets 403; none at all is fine.',
  ),
  tested(
    'H-04',
    `${HTTP_2025}#sending-messages-to-the-server`,
    'A POST must accept JSON and event streams, by name or by wildcard; else 406.',
  ),
  tested(
    'H-05',
    `${HTTP_2025}#sending-messages-to-the-server`,
    'A request is answered by one JSON object or by an event stream.',
  ),
  tested(
    'H-06',
    `${HTTP_2025}#sending-messages-to-the-server`,
    'A notification or response that is taken gets 202 and no body, one that is refused 4xx.',
  ),
  tested(
    'H-07',
    `${SPECIFICATION}/2025-03-26/basic/index#batching`,
    'At 2025-03-26 arrays of messages are answered; initialize is never inside one.',
  ),
  tested(
    'H-08',
    `${SPECIFICATION}/2025-06-18/basic/transports#sending-messages-to-the-server`,
    'From 2025-06-18 on the body is a single message.',
  ),
  tested(
    'H-09',
    `${HTTP_2025}#protocol-version-header`,
    'After initialize an unsupported MCP-Protocol-Version gets 400.',
  ),
  tested(
    'H-10',
    `${HTTP_2025}#protocol-version-header`,
    'Without the version header the session says which revision is spoken.',
  ),
  tested(
    'H-11',
    `${BASIC_2025}#requests`,
    'Ids are strings or integers, never null, and come back as they were sent.',
  ),
  tested(
    'H-12',
    `${HTTP_2025}#sending-messages-to-the-server`,
    'Bad JSON gets 400, a wrong media type 415, too much 413; the session goes on.',
  ),
  tested(
    'H-20',
    `${LIFECYCLE}#version-negotiation`,
    'initialize answers with the version asked for, or with the newest that has a handshake.',
  ),
  tested(
    'H-21',
    `${LIFECYCLE}#initialization`,
    'The result of initialize holds version, capabilities and server, as the revision spells them.',
  ),
  tested(
    'H-22',
    `${LIFECYCLE}#initialization`,
    'Before the client is initialized the server sends nothing but ping and log messages.',
  ),
  tested('H-23', `${LIFECYCLE}#operation`, 'Only capabilities that both sides declared are used.'),
  tested(
    'H-25',
    `${UTILITIES_2025}/ping#behavior-requirements`,
    'A ping is answered at once with an empty result.',
  ),
  tested(
    'H-30',
    `${HTTP_2025}#session-management`,
    'The session id is issued once, on the answer to initialize.',
  ),
  tested(
    'H-31',
    `${HTTP_2025}#session-management`,
    'Session ids are unguessable, unique and visible ASCII.',
  ),
  tested(
    'H-33',
    `${HTTP_2025}#session-management`,
    'A request without the session id it needs gets 400.',
  ),
  tested(
    'H-34',
    `${HTTP_2025}#session-management`,
    'A session that has ended gets 404 from then on.',
  ),
  tested(
    'H-35',
    `${HTTP_2025}#session-management`,
    'With a session id, 404 says that the session is over and nothing else.',
  ),
  tested(
    'H-36',
    `${HTTP_2025}#session-management`,
    'DELETE ends the session; outside of one it gets 405.',
  ),
  tested(
    'H-37',
    `${SPECIFICATION}/2025-11-25/basic/authorization#access-token-usage`,
    'A session id is never proof of who calls.',
  ),
  tested(
    'H-38',
    `${HTTP_2025}#session-management`,
    'A session belongs to one tenant and one module, and expires.',
  ),
  tested(
    'H-40',
    `${HTTP_2025}#session-management`,
    'What was negotiated is in the session and outlives the isolate that negotiated it.',
  ),
  tested(
    'H-52',
    `${HTTP_2025}#sending-messages-to-the-server`,
    'A client that goes away has not cancelled its call.',
  ),
  tested(
    'H-50',
    `${HTTP_2025}#sending-messages-to-the-server`,
    'What the stream of a call carries before the response belongs to that call.',
  ),
  tested(
    'H-51',
    `${HTTP_2025}#sending-messages-to-the-server`,
    'The stream of a call ends with its response, not before.',
  ),
  tested(
    'H-53',
    `${HTTP_2025}#listening-for-messages-from-the-server`,
    'A stream that a GET opens carries no responses, unless it resumes one that does.',
  ),
  tested(
    'H-54',
    `${HTTP_2025}#multiple-connections`,
    'Each message goes to exactly one of several streams.',
  ),
  tested(
    'H-55',
    `${HTTP_2025}#resumability-and-redelivery`,
    'Event ids are unique over all streams of a session.',
  ),
  tested(
    'H-56',
    `${HTTP_2025}#resumability-and-redelivery`,
    'Last-Event-ID brings back what its own stream has said since, and nothing of another.',
  ),
  tested(
    'H-57',
    `${HTTP_2025}#sending-messages-to-the-server`,
    'A stream opens with an id to come back by and says how soon, so that it may be closed early.',
  ),
  tested(
    'H-58',
    `${HTTP_2025}#sending-messages-to-the-server`,
    'Clients of revisions before 2025-11-25 get no event without data.',
  ),
  tested(
    'H-60',
    `${HTTP_2025}#resumability-and-redelivery`,
    'What can be resumed is bounded, belongs to its session and ends with it.',
  ),
  tested(
    'H-70',
    `${UTILITIES_2025}/progress#behavior-requirements`,
    'Progress names a token that the caller gave, and rises.',
  ),
  tested(
    'H-71',
    `${UTILITIES_2025}/cancellation#behavior-requirements`,
    'A cancelled request stops and is not answered.',
  ),
  tested(
    'H-72',
    `${SPECIFICATION}/2025-11-25/server/utilities/logging#capabilities`,
    'A server that logs to its clients declares it and honours logging/setLevel.',
  ),
  tested(
    'H-73',
    `${SPECIFICATION}/2025-11-25/server/utilities/completion#capabilities`,
    'A server that completes arguments declares it, and sends a hundred values at most.',
  ),
  tested(
    'H-74',
    `${SPECIFICATION}/2025-11-25/server/utilities/pagination#error-handling`,
    'A cursor that we did not give is refused with -32602.',
  ),
  tested(
    'H-75',
    `${SPECIFICATION}/2025-11-25/server/resources#capabilities`,
    'Subscriptions and list changes are sent where a capability says so.',
  ),
  tested(
    'H-76',
    `${SPECIFICATION}/2025-11-25/server/resources#error-handling`,
    'An unknown resource is answered with -32002.',
  ),
  tested(
    'H-77',
    `${TOOLS_2025}#error-handling`,
    'An unknown tool or prompt is a protocol error, a failing tool a result marked as one.',
  ),
  tested(
    'H-78',
    `${TOOLS_2025}#error-handling`,
    'From 2025-11-25 on the model is told of wrong arguments in a result.',
  ),
  tested(
    'H-79',
    `${TOOLS_2025}#output-schema`,
    'Structured content fits the declared schema and stands beside its text.',
  ),
  tested(
    'H-80',
    `${TOOLS_2025}#security-considerations`,
    'Arguments are validated before a tool sees them; hints left out mean the worst.',
  ),
  tested('H-81', `${TOOLS_2025}#tool-names`, 'Tool names are short, plain and unique.'),
  tested(
    'H-82',
    `${BASIC_2025}#json-schema-usage`,
    'Schemas are of dialect 2020-12, shown as written and validated as such.',
  ),
  tested('H-83', `${BASIC_2025}#icons`, 'Icons are https or data URLs.'),
  tested(
    'H-84',
    `${LIFECYCLE}#capability-negotiation`,
    'A client is never asked for what it did not declare.',
  ),
  tested(
    'H-85',
    `${ASKING_2025}#requested-schema`,
    'A form is flat, of texts, numbers, booleans and choices, and asks for no secret.',
  ),
  tested(
    'H-86',
    `${ASKING_2025}#capabilities`,
    'Elicitation without a mode means forms; a page is asked for where that was declared.',
  ),
  tested(
    'H-87',
    `${ASKING_2025}#identifying-the-user`,
    'A page opens for the person who was asked; its link tells nothing.',
  ),
  tested(
    'H-88',
    `${ASKING_2025}#completion-notifications-for-url-mode-elicitation`,
    'No session hears of what became of a page that another one was asked to open.',
  ),
  tested(
    'H-89',
    `${HTTP_2025}#backwards-compatibility`,
    'The transport of 2024-11-05 is not offered: GET never emits an endpoint event.',
  ),
  notYet(
    'H-90',
    `${TASKS_2025}#capabilities`,
    'A server with tasks declares which; one without runs a call with `task` like any other.',
  ),
  notYet(
    'H-91',
    `${TASKS_2025}#tool-level-negotiation`,
    'A tool says whether it may, must or must not be called as a task, and is held to it.',
  ),
  notYet(
    'H-92',
    `${TASKS_2025}#creating-tasks`,
    'A call as a task is answered at once, with the id, state and life of the task.',
  ),
  notYet(
    'H-93',
    `${TASKS_2025}#task-status-lifecycle`,
    'A task begins as working and ends once: completed, failed or cancelled.',
  ),
  notYet(
    'H-94',
    `${TASKS_2025}#getting-tasks`,
    'A task can be asked for its state at any time, and for what its call would have returned.',
  ),
  notYet('H-95', `${TASKS_2025}#related-task-metadata`, 'What belongs to a task names it.'),
  notYet(
    'H-96',
    `${TASKS_2025}#cancelling-tasks`,
    'A task that was cancelled stays so, and one that has ended cannot be.',
  ),
  notYet('H-97', `${TASKS_2025}#listing-tasks`, "A list of tasks has its caller's own only."),
  notYet(
    'H-98',
    `${TASKS_2025}#task-isolation-and-access-control`,
    'A task of somebody else is answered like one that never was.',
  ),
  notYet(
    'H-99',
    `${TASKS_2025}#resource-management`,
    'How long tasks live and how many one caller has is bounded.',
  ),
]

const requestByRequest: Requirement[] = [
  tested(
    'M-01',
    `${HTTP_2026}#earlier-streamable-http-revisions`,
    'One path takes POST; GET and DELETE get 405, a foreign Origin 403.',
  ),
  tested(
    'M-03',
    `${HTTP_2026}#sending-messages`,
    'The body is one request or notification; responses and arrays are refused.',
  ),
  tested(
    'M-04',
    `${HTTP_2026}#earlier-streamable-http-revisions`,
    'Mcp-Session-Id and Last-Event-ID are ignored, and no session id is minted.',
  ),
  tested(
    'M-05',
    `${BASIC_2026}#_meta`,
    'A request without protocol version or client capabilities in _meta gets 400 and -32602.',
  ),
  tested(
    'M-06',
    `${BASIC_2026}#_meta`,
    'clientInfo is optional and decides nothing; results carry serverInfo.',
  ),
  tested(
    'M-08',
    `${HTTP_2026}#protocol-version-header`,
    'The version header is there and equals the envelope, else 400 and -32020.',
  ),
  tested(
    'M-09',
    `${HTTP_2026}#protocol-version-header`,
    'A version we do not serve gets 400 and -32022 with those we do.',
  ),
  tested(
    'M-10',
    `${HTTP_2026}#standard-request-headers`,
    'Mcp-Method is there and equals the method, else 400 and -32020.',
  ),
  tested(
    'M-11',
    `${HTTP_2026}#standard-request-headers`,
    'Mcp-Name is there where a call names something and equals it, else 400 and -32020.',
  ),
  tested(
    'M-12',
    `${HTTP_2026}#server-validation`,
    'Header values are compared by case, header names are not; blanks around a value are not its.',
  ),
  tested(
    'M-13',
    `${HTTP_2026}#value-encoding`,
    'Base64 header values are decoded before the comparison; bad ones and stray characters refused.',
  ),
  tested(
    'M-14',
    `${HTTP_2026}#server-behavior-for-custom-headers`,
    'A parameter header is required where the body has a value, and equals it.',
  ),
  tested(
    'M-15',
    `${HTTP_2026}#schema-extension`,
    'A tool whose header annotations clients would drop is refused at start-up.',
  ),
  tested(
    'M-16',
    `${HTTP_2026}#server-behavior-for-custom-headers`,
    'Parameter headers nobody declared are ignored; headers of an older request mean nothing.',
  ),
  tested(
    'M-17',
    `${HTTP_2026}#server-validation`,
    'Every refusal on the endpoint is an HTTP error with a JSON-RPC body.',
  ),
  tested(
    'M-18',
    `${HTTP_2026}#sending-messages`,
    'A notification that is taken gets 202 and no body, whatever its method.',
  ),
  tested(
    'M-19',
    `${BASIC_2026}#requests`,
    'Different clients may use one request id at the same time.',
  ),
  tested(
    'M-20',
    `${HTTP_2026}#protocol-version-header`,
    'A method that is not offered gets 404 and -32601, those of older revisions included.',
  ),
  tested(
    'M-21',
    `${BASIC_2026}#_meta`,
    'A call that needs an undeclared capability gets 400 and -32021 that names it.',
  ),
  tested(
    'M-22',
    `${BASIC_2026}#error-codes`,
    'No code is emitted from the ranges that are legacy or reserved for the specification.',
  ),
  tested('M-23', `${BASIC_2026}#statelessness`, 'No request depends on an earlier one.'),
  tested('M-30', `${BASIC_2026}#resulttype`, 'Every result has a resultType.'),
  tested(
    'M-31',
    `${SPECIFICATION}/2026-07-28/server/discover#response`,
    'server/discover names versions and capabilities, with nothing before it.',
  ),
  tested(
    'M-32',
    `${CACHING}#cacheable-results`,
    'Discovery, lists and what is read carry ttlMs and cacheScope.',
  ),
  tested(
    'M-33',
    `${CACHING}#cache-scope-field`,
    'Only what is the same for everyone is marked public.',
  ),
  tested(
    'M-35',
    `${TOOLS_2026}#listing-tools`,
    'A list is the same, in the same order, for every request of one caller.',
  ),
  tested(
    'M-36',
    `${CACHING}#interaction-with-notifications`,
    'A notice of change overrides the time to live.',
  ),
  tested(
    'M-37',
    `${SPECIFICATION}/2026-07-28/server/resources#error-handling`,
    'An unknown resource is answered with -32602.',
  ),
  tested(
    'M-38',
    `${TOOLS_2026}#output-schema`,
    'Structured content may be any JSON value, and fits its schema.',
  ),
  tested('M-39', `${BASIC_2026}#json-schema-usage`, 'No schema reference is ever fetched.'),
  tested(
    'M-40',
    `${TOOLS_2026}#error-handling`,
    'An unknown tool or cursor is -32602; wrong arguments are a result the model can read.',
  ),
  tested(
    'M-41',
    `${BASIC_2026}#_meta`,
    'Trace context in _meta is passed on, and the log names the trace.',
  ),
  tested('M-50', `${HTTP_2026}#receiving-messages`, 'No stream carries a request of the server.'),
  tested(
    'M-51',
    `${HTTP_2026}#receiving-messages`,
    'A stream carries notifications of its own request, then the response, then ends.',
  ),
  tested(
    'M-52',
    `${HTTP_2026}#receiving-messages`,
    'Streams ask proxies not to buffer, and a silent one carries comments.',
  ),
  tested(
    'M-53',
    `${HTTP_2026}#cancellation`,
    'A client that goes away has cancelled: the tool is told, nothing more is sent.',
  ),
  tested(
    'M-54',
    `${SPECIFICATION}/2026-07-28/server/utilities/logging#per-request-log-level`,
    'Log messages from the level asked for on, progress for the token given; else neither.',
  ),
  tested(
    'M-60',
    `${LISTENING}#notification-filter`,
    'A client listens for the lists and resources it names, each alone or together.',
  ),
  tested(
    'M-61',
    `${LISTENING}#acknowledgment`,
    'The first message acknowledges what is heard of what was asked for.',
  ),
  tested(
    'M-62',
    `${LISTENING}#opening-a-stream`,
    'Each message names the request it belongs to; nothing else is on the stream.',
  ),
  tested(
    'M-63',
    `${LISTENING}#graceful-closure`,
    'A stream that the server ends closes with a result.',
  ),
  tested(
    'M-64',
    `${LISTENING}#multiple-concurrent-subscriptions`,
    'A client may listen several times; nothing is kept of a stream that broke.',
  ),
  tested(
    'M-65',
    `${LISTENING}#opening-a-stream`,
    'A change reaches every isolate, and nobody whose access has ended meanwhile.',
  ),
  tested(
    'M-70',
    `${ROUND_TRIPS}#supported-requests`,
    'Only a tool, a prompt and the reading of a resource may ask for input.',
  ),
  tested(
    'M-71',
    `${ROUND_TRIPS}#inputrequiredresult`,
    'A result that asks has questions and a state, of kinds and modes that this request declared.',
  ),
  tested(
    'M-72',
    `${ROUND_TRIPS}#basic-workflow`,
    'The same request with the state and answers goes on where it was, in any isolate.',
  ),
  tested(
    'M-73',
    `${ROUND_TRIPS}#error-handling`,
    'What lacks or does not fit is asked for again, what was not asked for is ignored.',
  ),
  tested(
    'M-74',
    `${ROUND_TRIPS}#security-considerations`,
    'A state that was changed in any way is refused.',
  ),
  tested(
    'M-75',
    `${ROUND_TRIPS}#security-considerations`,
    'A state is for one caller, one call with its arguments, one module and ten minutes.',
  ),
  tested(
    'M-76',
    `${ROUND_TRIPS}#security-considerations`,
    'What must happen once does, however often and in whatever order a state is sent.',
  ),
  tested(
    'M-77',
    `${ASKING_2026}#identifying-the-user`,
    'A page has no id and no notice of its end; who opens it is who was asked.',
  ),
  tested(
    'M-78',
    `${SPECIFICATION}/2026-07-28/deprecated#deprecated`,
    'Nobody comes to depend on roots, sampling or logging unwarned.',
  ),
]

const bothEras: Requirement[] = [
  tested(
    'D-01',
    `${VERSIONING}#backward-compatibility-with-initialization-based-versions`,
    'An envelope is served by itself, initialize opens a session, both at one URL.',
  ),
  tested(
    'D-02',
    `${HTTP_2026}#backward-compatibility`,
    'A first request of 2026-07-28 is never asked for a session.',
  ),
  tested(
    'D-03',
    `${VERSIONING}#backward-compatibility-with-initialization-based-versions`,
    'Every module of an origin speaks both eras, for clients remember one answer for all.',
  ),
  tested(
    'D-04',
    `${HTTP_2026}#backward-compatibility`,
    'Errors of 400, 404 and 405 have a body that tells a current client not to fall back.',
  ),
  tested(
    'D-05',
    `${VERSIONING}#backward-compatibility-with-initialization-based-versions`,
    'A module that serves only 2026-07-28 says so to initialize.',
  ),
  tested(
    'D-06',
    `${HTTP_2026}#protocol-version-header`,
    'A request without version header is of 2025-03-26 if its session is, else the header is missing.',
  ),
  tested(
    'D-07',
    `${HTTP_2026}#earlier-streamable-http-revisions`,
    'Beside a session id the version header tells the era.',
  ),
  tested(
    'D-08',
    `${VERSIONING}#backward-compatibility-with-initialization-based-versions`,
    'initialize with only the header of 2026-07-28 gets -32020, with a whole envelope 404.',
  ),
  tested(
    'D-09',
    `${SPECIFICATION}/2025-03-26/basic/index#batching`,
    'An array that is empty or holds anything of 2026-07-28 or unreadable gets 400 and -32600.',
  ),
  tested(
    'D-10',
    `${VERSIONING}#protocol-version-negotiation`,
    'Discovery and -32022 name the same versions, those served request by request.',
  ),
  tested(
    'D-11',
    `${SPECIFICATION}/2025-11-25/basic/utilities/tasks#capabilities`,
    'Neither dialect of tasks leaks into the other era; nothing declares either.',
  ),
  tested(
    'D-12',
    `${VERSIONING}#backward-compatibility-with-initialization-based-versions`,
    'The same tool serves both eras; what a revision cannot say is left out for it.',
  ),
  tested(
    'D-14',
    `${VERSIONING}#backward-compatibility-with-initialization-based-versions`,
    'The record of a call names its revision and client, so that owners see who still needs 2025.',
  ),
  tested(
    'D-15',
    `${SPECIFICATION}/2026-07-28/basic/authorization/index#token-handling`,
    'Whoever is not let in hears the same in both eras, before the body is read.',
  ),
]

const protectedResource: Requirement[] = [
  tested(
    'R-01',
    `${DISCOVERY}#authorization-server-location`,
    'Each module has a metadata document with its resource and its authorization server.',
  ),
  tested(
    'R-02',
    `${DISCOVERY}#protected-resource-metadata-discovery-requirements`,
    'The document is named in the 401 and found by the well-known path of the URL that was used.',
  ),
  tested(
    'R-03',
    `${RFC}9728#section-3.1`,
    'A host of several modules has no document at its root, and none for what it does not host.',
  ),
  tested(
    'R-04',
    `${AUTHORIZATION}#scope-selection-strategy`,
    'The challenge of a 401 names the scopes a client needs first.',
  ),
  tested(
    'R-05',
    `${AUTHORIZATION}#token-requirements`,
    'The token stands in the Authorization header of every request, and nowhere else counts.',
  ),
  tested(
    'R-06',
    `${AUTHORIZATION}#token-handling`,
    'A token is ours, alive and for exactly this module, or nothing is done for it.',
  ),
  tested(
    'R-07',
    `${AUTHORIZATION}#error-handling`,
    'No token and a bad one get 401 with a challenge, a malformed authorization request 400.',
  ),
  tested(
    'R-08',
    `${AUTHORIZATION}#runtime-insufficient-scope-errors`,
    'A call that needs more scopes gets 403 and a challenge that names them.',
  ),
  tested(
    'R-09',
    `${AUTHORIZATION}#scope-challenge-handling`,
    'The challenge names every scope of the call at once, so that one step up is enough.',
  ),
  tested(
    'R-10',
    `${AUTHORIZATION}#runtime-insufficient-scope-errors`,
    'A broad scope is as good as the narrow ones it covers.',
  ),
  tested(
    'R-11',
    `${AUTHORIZATION}#scope-selection-strategy`,
    'offline_access is no scope of a module; what a module advertises is the least one starts with.',
  ),
  tested(
    'R-13',
    `${OAUTH_SECURITY}#access-token-privilege-restriction`,
    'A tool never sees the access token of its caller, so it can pass it on to nobody.',
  ),
  tested(
    'R-14',
    `${AUTHORIZATION}#canonical-server-uri`,
    "All spellings of a module's URL are one audience.",
  ),
  tested(
    'R-15',
    `${AUTHORIZATION}#token-requirements`,
    'A browser may ask first, without a token, and may read the challenge.',
  ),
  tested(
    'R-16',
    `${OAUTH_SECURITY}#confused-deputy-problem`,
    'The right scope is not enough: what a person may not do, no token may.',
  ),
  tested(
    'R-17',
    `${CACHING}#cache-scope-field`,
    'A list holds what the caller could come to use, and is marked private.',
  ),
]

const authorizationServer: Requirement[] = [
  tested(
    'A-01',
    `${AUTHORIZATION}#standards-compliance`,
    'The code grant and its refresh are served, to public and confidential clients, and no older grant.',
  ),
  tested(
    'A-02',
    `${DISCOVERY}#authorization-server-metadata-discovery`,
    "The server's metadata is found at every address at which clients look.",
  ),
  tested(
    'A-03',
    `${DISCOVERY}#authorization-server-metadata-discovery`,
    'The issuer in the document is the one whose address it was found at.',
  ),
  tested(
    'A-04',
    `${OAUTH_SECURITY}#authorization-code-protection`,
    'Every code needs PKCE with S256, whoever the client is.',
  ),
  tested(
    'A-05',
    `${OAUTH_SECURITY}#open-redirection`,
    'A redirect address matches a registered one to the letter, but for the port on loopback.',
  ),
  tested(
    'A-06',
    `${AUTHORIZATION}#resource-parameter-implementation`,
    'A token is for the resource that was asked for; an unknown or another one is refused.',
  ),
  tested(
    'A-07',
    `${REGISTRATION}#client-id-metadata-documents`,
    'A client id may be the URL of a document, which is fetched with care and held to the rules.',
  ),
  tested(
    'A-09',
    `${OAUTH_SECURITY}#localhost-redirect-uri-risks`,
    'Consent shows where the answer goes, and warns where any program of the computer could get it.',
  ),
  tested(
    'A-10',
    `${REGISTRATION}#application-type-and-redirect-uri-constraints`,
    'Clients register by themselves, with as many of their addresses as can be used.',
  ),
  tested(
    'A-11',
    `${RFC}7591#section-5`,
    'Registration is limited, what nobody uses is forgotten, and nothing in it is believed.',
  ),
  tested(
    'A-12',
    `${AUTHORIZATION}#authorization-response-validation`,
    'Every authorization answer names its issuer, errors too, and the metadata says so.',
  ),
  tested('A-13', `${OAUTH_SECURITY}#token-theft`, 'An access token lives for an hour at most.'),
  tested(
    'A-14',
    `${OAUTH_SECURITY}#token-theft`,
    'A refresh token is used once; its use again, after a grace, ends its whole family.',
  ),
  tested(
    'A-16',
    `${OAUTH_SECURITY}#authorization-code-protection`,
    'A code works once, soon, and for the client, address, verifier and resource it was made for.',
  ),
  tested(
    'A-17',
    `${RFC}6749#section-5.1`,
    'No answer with credentials is kept by a cache; each parameter comes back once.',
  ),
  tested(
    'A-18',
    `${REGISTRATION}#authorization-server-binding`,
    'The issuer is a setting and never follows a request or a deploy.',
  ),
  tested(
    'A-20',
    `${OAUTH_SECURITY}#confused-deputy-problem`,
    'Consent cannot be given by a forged form, in a frame, or for another client or module.',
  ),
  tested(
    'A-22',
    `${RFC}7009#section-2`,
    'A person may grant less than was asked, see what they granted and take it back.',
  ),
  tested(
    'A-23',
    `${SPECIFICATION}/2025-03-26/basic/authorization#fallbacks-for-servers-without-metadata-discovery`,
    'A client of 2025-03-26 finds metadata and endpoints where that revision puts them.',
  ),
]

const attacks: Requirement[] = [
  tested(
    'S-01',
    `${PRACTICES}#confused-deputy-problem`,
    'Each client is consented to by itself; that another one was let in opens nothing.',
  ),
  tested(
    'S-02',
    `${PRACTICES}#confused-deputy-problem`,
    'The consent page names client, scopes and address, and cannot be framed or forged.',
  ),
  tested(
    'S-04',
    `${PRACTICES}#confused-deputy-problem`,
    'Cookies are bound to host, browser and transaction, and out of reach of scripts.',
  ),
  notYet(
    'S-05',
    `${PRACTICES}#confused-deputy-problem`,
    'The state of a sign-in elsewhere is made after consent, bound to the browser and used once.',
  ),
  tested(
    'S-07',
    `${PRACTICES}#token-passthrough`,
    'A token that was not made here for this module is refused.',
  ),
  tested(
    'S-08',
    `${PRACTICES}#server-side-request-forgery-ssrf`,
    'No address that an outsider chose leads into a private network.',
  ),
  tested(
    'S-09',
    `${PRACTICES}#session-hijacking`,
    'A session id without the token of its owner is an unknown one.',
  ),
  tested(
    'S-13',
    `${OAUTH_SECURITY}#localhost-redirect-uri-risks`,
    'A client on loopback is asked about every time.',
  ),
  tested(
    'S-14',
    `${OAUTH_SECURITY}#trust-policies`,
    "Operators say whose clients may come; a client's document is shown as it is now, each time.",
  ),
  tested(
    'S-15',
    `${PRACTICES}#scope-minimization`,
    'A client starts with little, and no scope stands for all.',
  ),
  tested(
    'S-16',
    `${PRACTICES}#oauth-authorization-url-validation`,
    'Only https and loopback addresses are handed out as links or endpoints.',
  ),
  tested(
    'S-17',
    `${ASKING_2026}#phishing`,
    'The page of a question opens for the person who was asked and for nobody else.',
  ),
  tested(
    'S-10',
    `${PRACTICES}#session-hijacking`,
    "Nothing that was said for one caller comes to another's stream.",
  ),
  tested('S-19', `${HTTP_2026}#server-validation`, 'A header of MCP that stands twice is refused.'),
  tested(
    'S-20',
    `${CACHING}#cache-scope-field`,
    'Nothing that depends on who asks may be kept by a shared cache.',
  ),
  tested(
    'S-21',
    `${HTTP_2025}#security-warning`,
    'Every address answers only to its own host and to the origins it knows.',
  ),
  tested(
    'S-26',
    `${LISTENING}#multiple-concurrent-subscriptions`,
    'What one caller can have open or kept is bounded, and others do not notice.',
  ),
]

const publishing: Requirement[] = [
  tested(
    'X-40',
    'https://modelcontextprotocol.io/seps/2127-mcp-server-cards#abstract',
    'Each module has a server card beside its endpoint, public and true, with nothing of its tools.',
  ),
  tested(
    'X-41',
    'https://modelcontextprotocol.io/seps/2127-mcp-server-cards#abstract',
    'The domain has a catalogue that leads to every card.',
  ),
  tested(
    'X-50',
    `${REGISTRY}/remote-servers`,
    'The entry of a module in the registry has its endpoint as a remote.',
  ),
  tested(
    'X-51',
    `${REGISTRY}/authentication`,
    'A published name is the domain backwards, and the domain can prove that it is meant.',
  ),
]

const extensions: Requirement[] = [
  tested(
    'X-20',
    `${APPS}#ui-resource-format`,
    'An app is a whole HTML document at a ui:// address, read as text/html;profile=mcp-app.',
  ),
  tested(
    'X-21',
    `${APPS}#resource-discovery`,
    'A tool names the address of its app and who may call it in _meta.ui, and nowhere else.',
  ),
  tested(
    'X-22',
    `${APPS}#clientserver-capability-negotiation`,
    'A tool with an app says in text what the app shows.',
  ),
  tested(
    'X-23',
    `${APPS}#ui-resource-format`,
    'An app names each origin and permission it needs; what it leaves out hosts block.',
  ),
  tested(
    'X-24',
    `${APPS}#visibility`,
    'That a tool is for apps only is for hosts to keep; whoever calls it needs its scopes.',
  ),
  tested(
    'X-25',
    `${CACHING}#cache-scope-field`,
    'The list of tools does not depend on whether its client shows apps.',
  ),
]

export const REQUIREMENTS: readonly Requirement[] = [
  ...handshake,
  ...requestByRequest,
  ...bothEras,
  ...protectedResource,
  ...authorizationServer,
  ...attacks,
  ...publishing,
  ...extensions,
]
