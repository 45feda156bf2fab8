from tests.framework.graphql.test_queries import *
