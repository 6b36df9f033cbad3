import { sameAsStock } from './same-as-stock';

jest.mock('cdk8s', () => jest.requireActual('cdk8s-newest'));

describe('with the newest cdk8s', sameAsStock);
