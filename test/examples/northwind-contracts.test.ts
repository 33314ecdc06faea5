// The contracts of the Northwind shop are as its lock file says: a change of one shows in review.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { app } from '../../examples/northwind/app.ts';
import { root } from '../../scripts/entries.mjs';
import '../../src/testing/vitest.ts';

it('the contracts of Northwind match contracts.lock.json', () => {
  expect(app).toMatchContractLock(join(root, 'examples/northwind/contracts.lock.json'));
});
