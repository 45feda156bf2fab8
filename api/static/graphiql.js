// GraphiQL over this server's own endpoint. The query is kept in the address, so that a reload or a link brings it back.
const address = new URL(window.location.href);
const endpoint = address.origin + address.pathname;
const given = address.searchParams;

// What a link brings along, read once: from here on the editor has the say.
const shared = { query: given.get("query") || undefined, variables: given.get("variables") || undefined };

const WELCOME = `# Ask for data on the left, and press Ctrl-Enter. Ctrl-Space completes; the book on the left explains.
#
# A subscription runs until it is stopped, and shows each item as it comes.
{
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`;

function keep(name, value) {
  if (value) {
    given.set(name, value);
  } else {
    given.delete(name);
  }
  window.history.replaceState(null, "", `${address.pathname}?${given}`);
}

const fetcher = GraphiQL.createFetcher({
  url: endpoint,
  subscriptionUrl: endpoint.replace(/^http/, "ws"),
});

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultEditorToolsVisibility: true,
    defaultQuery: WELCOME,
    query: shared.query,
    variables: shared.variables,
    onEditQuery: (query) => keep("query", query),
    onEditVariables: (variables) => keep("variables", variables),
  }),
);
