import { cost } from './cost.ts';
import type { Dashboard } from './dashboard.ts';
import { models } from './models.ts';
import { overview } from './overview.ts';
import { retrieval } from './retrieval.ts';
import { scaling } from './scaling.ts';
import { tenant } from './tenant.ts';

export const allDashboards: readonly Dashboard[] = [overview, tenant, cost, models, scaling, retrieval];
