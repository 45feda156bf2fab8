from tests.framework.graphql.test_mutations import *
