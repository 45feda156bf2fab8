from tests.framework.graphql.test_values import *
