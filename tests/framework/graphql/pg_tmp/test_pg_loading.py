from tests.framework.graphql.test_loading import *
