import { sameAsStock } from './same-as-stock';

describe('with the oldest cdk8s that is supported', sameAsStock);
