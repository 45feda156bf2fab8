from tests.framework.graphql.test_nodes import *
