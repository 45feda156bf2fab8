"""The GraphQL API of a domain: types, queries, mutations and subscriptions, all derived. The only Strawberry."""
