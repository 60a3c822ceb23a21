import { describeDurability } from '#tests/contracts/durability.ts';

describeDurability('the embedded engine', { tenant: 'acme', rounds: 20 });
