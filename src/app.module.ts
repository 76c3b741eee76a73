import { type DynamicModule, Module } from '@nestjs/common';
import { PlatformModule, type PlatformOptions } from './platform/platform.module';
import { MODULES_OF_ROLE } from './roles';

/** One process: the platform, and the services of its role. */
@Module({})
export class AppModule {
  static forRoot(options: PlatformOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [PlatformModule.forRoot(options), ...MODULES_OF_ROLE[options.config.role]],
    };
  }
}
