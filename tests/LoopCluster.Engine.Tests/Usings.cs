global using Record = LoopCluster.Engine.Effects.Record;
