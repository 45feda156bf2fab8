from tests.framework.graphql.test_subscriptions import *
