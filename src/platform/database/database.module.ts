import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Database } from './database';
import { DATABASE_CONNECTION, type DatabaseConnection, dataSourceOptions } from './data-source';

/** Gives every part `Database`, and TypeORM repositories to those that ask for them with `forFeature`. */
@Global()
@Module({})
export class DatabaseModule {
  /** For a database that is migrated already. */
  static forRoot(connection: DatabaseConnection): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ ...dataSourceOptions(connection), autoLoadEntities: true, retryAttempts: 0 }),
        }),
      ],
      providers: [{ provide: DATABASE_CONNECTION, useValue: connection }, Database],
      exports: [Database],
    };
  }
}
